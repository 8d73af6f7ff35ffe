import type { ReactNode } from "react";
import { siteName } from "@/lib/kernel/site";
import { words } from "@/lib/words";
import { BrandMark } from "./brand-mark";
import { LanguageSwitch } from "./language-switch";

type ShellProps = {
  /** Narrow: one form on one surface. Wide: a page of sections. */
  width?: "narrow" | "wide";
  /** The signed-in person; without one the header shows the name of the site alone. */
  person?: { name: string };
  /** The form with the button "Sign out" (a `<Button variant="link">` fits). */
  signOut?: ReactNode;
  /** The page itself is "Your Account". */
  isAccountHome?: boolean;
  /** Above the heading: `<BackLink>` or a notice. */
  above?: ReactNode;
  children: ReactNode;
};

/** What every page stands in: header, main part, footer. */
export function Shell({ width = "wide", person, signOut, isAccountHome, above, children }: ShellProps) {
  const t = words("ui");
  const site = siteName();
  return (
    <div className={`shell shell-${width}`}>
      <header className="site-header">
        <div className="site-header-inner">
          <a className="brand" href={person ? "/account" : "/"}>
            <BrandMark />
            {site}
          </a>
          {person ? (
            <>
              <span className="site-person">
                <span className="visually-hidden">{t("nav.signedInAs")} </span>
                <bdi>{person.name}</bdi>
              </span>
              <nav className="site-nav" aria-label={t("nav.label")}>
                <a href="/account" aria-current={isAccountHome ? "page" : undefined}>
                  {t("nav.account")}
                </a>
                {signOut}
              </nav>
            </>
          ) : null}
        </div>
      </header>
      <main id="main" tabIndex={-1}>
        {above}
        {width === "narrow" ? <div className="card">{children}</div> : children}
      </main>
      <footer className="site-footer">
        <p>{t("footer.promise", { site })}</p>
        <LanguageSwitch />
      </footer>
    </div>
  );
}

/** The way up to the page this one belongs to. */
export function BackLink({ href, children }: { href: string; children: ReactNode }) {
  return (
    <p className="back-link">
      <a href={href}>{children}</a>
    </p>
  );
}
