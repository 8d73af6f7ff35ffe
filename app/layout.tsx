import type { Viewport } from "next";
import type { ReactNode } from "react";
import { words } from "@/lib/words";
import "./site.css";

/** The colours are `--ground` of the stylesheet, so that the browser's own bar belongs to the page. */
export const viewport: Viewport = {
  width: "device-width",
  initialScale: 1,
  colorScheme: "light dark",
  themeColor: [
    { media: "(prefers-color-scheme: light)", color: "#f4f6f7" },
    { media: "(prefers-color-scheme: dark)", color: "#0f1518" },
  ],
};

/** What every page is wrapped in. Titles come from `PageTitle`, widths and headers from `Shell`. */
export default function RootLayout({ children }: { children: ReactNode }) {
  const t = words("ui");
  return (
    <html lang="en">
      <body>
        <a className="skip-link" href="#main">
          {t("skip")}
        </a>
        {children}
      </body>
    </html>
  );
}
