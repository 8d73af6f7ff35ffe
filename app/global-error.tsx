"use client";

import { BrandMark } from "@/components/ui/brand-mark";
import { LinkButton } from "@/components/ui/button";
import { words } from "@/lib/words";
import "./site.css";

/** The answer when a page breaks. It asks nothing of the site, not even its name, because anything may be broken. */
export default function GlobalError() {
  const t = words("ui");
  return (
    <html lang="en">
      <body>
        <div className="shell shell-narrow">
          <main id="main">
            <div className="card">
              <title>{t("trouble.heading")}</title>
              <BrandMark />
              <h1>{t("trouble.heading")}</h1>
              <p>{t("trouble.text")}</p>
              <LinkButton href="/account">{t("trouble.link")}</LinkButton>
            </div>
          </main>
        </div>
      </body>
    </html>
  );
}
