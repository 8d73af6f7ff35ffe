import { directionOf, type Language } from "@/lib/kernel/language";

const escaped = (text: string): string =>
  text.replace(/[<>&"]/g, (character) => `&#${character.charCodeAt(0)};`);

/** Addresses of the web become links; a full stop or bracket after one is the sentence's. */
const linked = (text: string): string =>
  text
    .split(/(https?:\/\/[^\s<>"]*[^\s<>".,;:!?)\]])/)
    .map((part, place) =>
      place % 2 === 0 ? escaped(part) : `<a href="${escaped(part)}">${escaped(part)}</a>`,
    )
    .join("");

/**
 * The HTML of a mail, from its text: the same words in the same order, paragraphs where the text has empty lines. No
 * pictures, no style sheets, nothing from elsewhere: opening it tells nobody anything.
 */
export function htmlOf(subject: string, text: string, language: Language): string {
  const paragraphs = text
    .split(/\n{2,}/)
    .map((paragraph) => `<p>${paragraph.split("\n").map(linked).join("<br>\n")}</p>`)
    .join("\n");
  return `<!doctype html>
<html lang="${language}" dir="${directionOf(language)}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(subject)}</title></head>
<body style="max-width:36em;margin:1.5em auto;padding:0 1em;font-family:sans-serif;font-size:16px;line-height:1.5">
${paragraphs}
</body>
</html>
`;
}
