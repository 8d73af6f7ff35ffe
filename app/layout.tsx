import type { Viewport } from "next";
import type { ReactNode } from "react";
import { currentLanguage, directionOf } from "@/lib/kernel/language";
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

// Made at build time a page would be in the language of the build.
export const dynamic = "force-dynamic";

/** What every page is wrapped in. Titles come from `PageTitle`, widths and headers from `Shell`. */
export default function RootLayout({ children }: { children: ReactNode }) {
  const t = words("ui");
  const language = currentLanguage();
  return (
    <html lang={language} dir={directionOf(language)}>
      <body>
        <a className="skip-link" href="#main">
          {t("skip")}
        </a>
        {children}
      </body>
    </html>
  );
}
