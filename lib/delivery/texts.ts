import { currentLanguage, type Language, original } from "@/lib/kernel/language";
import { siteHost, siteName, siteUrl } from "@/lib/kernel/site";
import type { TaskFacts } from "@/lib/proof";
import { type Key, type WordValues, words } from "@/lib/words";

/** What a code is asked for: shown in its message, so that nobody can be talked into reading out another. */
export type CodePurpose = "sign-in" | "proof" | "enrolment" | "undo" | "trial" | "recovery";

/** A message in words, and which language they are in. */
export type Wording = { readonly body: string; readonly language: Language };

const worded = (body: string): Wording => ({ body, language: currentLanguage() });

/** What a code does, for its message: "REMOVES the phone ending 12 from your Latchkey account"; aloud without capitals. */
const doesWords = (task: TaskFacts, isLoud: boolean): string =>
  words("actions")(`does.${task.name}`, { ...task, loud: isLoud ? "yes" : "no", site: siteName() });

/**
 * The text message of a code: one sentence, a warning, and the last line that lets a phone fill it in on this site only
 * (origin-bound one-time codes, WICG). No link, no name. The code of a fresh proof says what it does.
 */
export const codeText = (digits: string, letter: string, task?: TaskFacts): Wording =>
  worded(
    task === undefined
      ? words("messages")("code.text", { code: digits, site: siteName(), letter, host: siteHost() })
      : words("actions")("text", { code: digits, does: doesWords(task, true), letter, host: siteHost() }),
  );

/** Digits as they are listed to be said one by one. */
const slowly = (digits: unknown): string => [...String(digits ?? "")].join(", ");

/** What a voice call says: the digits slowly, twice, then that nobody of the site ever asks for them. */
export const codeCall = (digits: string, letter: string, task?: TaskFacts): Wording => {
  const said = slowly(digits);
  return worded(
    task === undefined
      ? words("messages")("code.voice", { digits: said, site: siteName(), letter })
      : words("actions")("voice", { digits: said, does: doesWords(task, false), letter }),
  );
};

/** A mail's subject and text from the catalogue: keys `<key>.subject` and `<key>.body`. */
export function mail<K extends string>(
  key: K,
  values: WordValues = {},
): Wording & { readonly subject: string } {
  const t = words("messages");
  const all = { ...values, site: siteName(), url: siteUrl() };
  const body = t(`${key}.body` as Key<"messages">, all);
  return {
    subject: t(`${key}.subject` as Key<"messages">, all),
    ...worded(currentLanguage() === original ? body : `${body}\n\n${t("machine")}`),
  };
}

/** The text message of an alert: what happened and where to go by oneself; no link, so that none can be faked. */
export const alertText = (kind: string, values: WordValues = {}): Wording =>
  worded(
    words("messages")(`alert.${kind}.text` as Key<"messages">, {
      method: "",
      channel: "",
      lastDigits: "…",
      tag: "…",
      ...values,
      site: siteName(),
      host: siteHost(),
    }),
  );

/**
 * What a call says of an alert: what happened and where to go by oneself, twice, because nobody can read it again. Nothing
 * secret, nothing to press, no address: who picks up learns that something was changed and no more.
 */
export const alertCall = (kind: string, values: WordValues = {}): Wording => {
  const t = words("calls");
  const site = siteName();
  const notice = t(`notice.${kind}` as Key<"calls">, {
    method: "",
    ...values,
    lastDigits: slowly(values.lastDigits),
    oldDigits: slowly(values.oldDigits),
    site,
  });
  return worded(t("call", { site, notice }));
};
