import { currentLanguage, directionOf } from "@/lib/kernel/language";
import { words } from "@/lib/words";
import type { Refusal } from "./rules";

const escapeHtml = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

/** What the door's own pages need to look like the site without asking it for anything. */
export interface Dress {
  siteName: string;
  /** Paths of the built stylesheets. */
  stylesheets: readonly string[];
}

/** The page that says why the door does not let a request through, and what to do; whole without the framework. */
export function refusalPage(refusal: Refusal, { siteName, stylesheets }: Dress): string {
  const t = words("door");
  const language = currentLanguage();
  const heading = escapeHtml(t(`${refusal}.heading`));
  const links = stylesheets.map((href) => `<link rel="stylesheet" href="${escapeHtml(href)}">`).join("");
  return (
    `<!DOCTYPE html><html lang="${language}" dir="${directionOf(language)}"><head><meta charset="utf-8">` +
    `<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">` +
    `<link rel="icon" href="/icon.svg" type="image/svg+xml">` +
    `<title>${heading} - ${escapeHtml(siteName)}</title>${links}</head><body><div class="shell shell-narrow">` +
    `<header class="site-header"><div class="site-header-inner"><a class="brand" href="/">` +
    `<img class="brand-mark" src="/icon.svg" alt="">${escapeHtml(siteName)}</a></div></header>` +
    `<main id="main"><div class="card"><h1>${heading}</h1><p>${escapeHtml(t(`${refusal}.text`))}</p>` +
    `<a class="button button-primary" href="/account">${escapeHtml(t("back"))}</a></div></main></div></body></html>`
  );
}
