import { domainToASCII } from "node:url";
import { numbers } from "@/lib/kernel/numbers";

/** An e-mail address: as mail is sent to it, and as it is compared. */
export type EmailAddress = { readonly email: string; readonly key: string };

// What no address of a mailbox needs and every trick does: a second recipient (comma, semicolon), a header (control
// characters, colon), a display name (brackets, quotes), invisible characters (AT-078).
const forbiddenInAddress = /[\p{C}\p{Z}"(),:;<>[\]\\]/u;
const hostLabel = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * Reads an e-mail address as a person typed it, or undefined when mail cannot be sent to exactly one mailbox by it.
 *
 * Surrounding blanks go, NFKC, the host in lower-case ASCII (IDN by UTS 46). Refused: characters that only become an "@"
 * by normalisation (U+FE6B, U+FF20; AT-131), quoted local parts, lists, hosts that are numbers, more than 254 characters
 * (RFC 5321 4.5.3.1). The local part of `email` keeps its case, because a mail server may care; `key` does not.
 */
export function parseEmail(text: string): EmailAddress | undefined {
  const trimmed = text.trim();
  if (trimmed.split("@").length !== 2) return undefined;
  const normal = trimmed.normalize("NFKC");
  if (normal.split("@").length !== 2 || forbiddenInAddress.test(normal)) return undefined;
  const [local = "", hostText = ""] = normal.split("@");
  // A mailer that is a command would take a leading dash for an option.
  if (local === "" || [...local].length > 64 || local.startsWith("-")) return undefined;
  const host = domainToASCII(hostText.toLowerCase());
  if (!isMailHost(host)) return undefined;
  const email = `${local}@${host}`;
  // Lower case can take a character apart ("İ"), so it is normalised again.
  const key = email.toLowerCase().normalize("NFKC");
  return [...key].length > numbers.fields.emailCharacters ? undefined : { email, key };
}

function isMailHost(host: string): boolean {
  const labels = host.split(".");
  if (!labels.every((label) => hostLabel.test(label))) return false;
  // The last label of a name is never a number; "0x7f.1" is an address in disguise.
  return host === "localhost" || (labels.length > 1 && !/^\d|^0x/.test(labels.at(-1) ?? ""));
}

/** The form in which an address is unique and looked up; undefined when it is none, see `parseEmail`. */
export const emailKey = (text: string): string | undefined => parseEmail(text)?.key;

/** An address as it may stand in an event or an alert to another mailbox: "a…@example.com". */
export function maskedEmail(email: string): string {
  const at = email.lastIndexOf("@");
  return `${[...email][0] ?? ""}…${email.slice(at)}`;
}

/** Why a password cannot be chosen; each has its sentence in the catalogue `account`, key `error.<reason>`. */
export type PasswordReason =
  | "password-missing"
  | "password-malformed"
  | "password-too-short"
  | "password-too-long"
  | "password-common"
  | "password-holds-site-name"
  | "password-holds-email"
  | "password-holds-name";

/** What a new password is held against. */
export type PasswordContext = {
  readonly siteName: string;
  readonly email: string;
  readonly name: string;
  /** Whether a password (as typed or in lower case) is on the list of common and breached ones. */
  readonly isOnList: (password: string) => boolean;
};

/** The part of `passwordProblem` that needs nothing but the password: so that a form can say it with its other fields. */
export function passwordShapeProblem(password: string): PasswordReason | undefined {
  const form = password.normalize("NFKC");
  const length = [...form].length;
  if (length === 0) return "password-missing";
  if (form.includes("\0")) return "password-malformed";
  if (length < numbers.password.minCharacters) return "password-too-short";
  return length > numbers.password.maxCharacters ? "password-too-long" : undefined;
}

/**
 * Why a password cannot be chosen, or undefined when it can (NIST SP 800-63B-4 3.1.1.2, ASVS 6.2): 8 to 128 characters
 * after NFKC, counted in code points; nothing is trimmed and no kind of character is demanded. Only NUL is no character.
 *
 * The site's name and the whole address are refused wherever they stand. The local part of the address is refused where
 * it stands as a word of its own; in the middle of a longer word ("anna" in "susannah"), and a person's name anywhere,
 * only when without it too little is left to be a password.
 */
export function passwordProblem(password: string, context: PasswordContext): PasswordReason | undefined {
  const shape = passwordShapeProblem(password);
  if (shape !== undefined) return shape;
  const form = password.normalize("NFKC");
  const lower = form.toLowerCase();
  if (context.isOnList(form) || context.isOnList(lower) || new Set(lower).size === 1)
    return "password-common";

  if (spellings(context.siteName).some((word) => lower.includes(word))) return "password-holds-site-name";
  const email = context.email.normalize("NFKC").toLowerCase();
  const local = email.slice(0, email.lastIndexOf("@"));
  if (lower.includes(email)) return "password-holds-email";
  if (spellings(local).some((word) => holdsAsWord(lower, word) || isMostly(lower, word)))
    return "password-holds-email";
  if (wordsOf(local).some((word) => isMostly(lower, word))) return "password-holds-email";
  if ([...spellings(context.name), ...wordsOf(context.name)].some((word) => isMostly(lower, word)))
    return "password-holds-name";
  return undefined;
}

// Shorter words are in too many passwords to say anything about them.
const leastCharactersOfContext = 4;
const isTelling = (word: string): boolean => [...word].length >= leastCharactersOfContext;

/** A name as it is written and as one word: "ann.smith", "annsmith". */
const spellings = (text: string): string[] => {
  const lower = text.normalize("NFKC").toLowerCase();
  return [lower, lower.replace(/[^\p{L}\p{N}]/gu, "")].filter(isTelling);
};

const wordsOf = (text: string): string[] =>
  text
    .normalize("NFKC")
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(isTelling);

/** Whether a word stands in the password without a letter on either side. */
function holdsAsWord(lower: string, word: string): boolean {
  for (let at = lower.indexOf(word); at !== -1; at = lower.indexOf(word, at + 1)) {
    if (!/\p{L}$/u.test(lower.slice(0, at)) && !/^\p{L}/u.test(lower.slice(at + word.length))) return true;
  }
  return false;
}

/** Whether without this word the password would be too short to be one. */
const isMostly = (lower: string, word: string): boolean =>
  lower.includes(word) && [...lower.replaceAll(word, "")].length < numbers.password.minCharacters;

/** What a link in a mail is worth; each but "live" has a page with a way on. */
export type LinkState = "live" | "malformed" | "unknown" | "expired" | "used";

/**
 * Judges a stored link. A used one says so even when its time is over as well; one that was ended (`endLinks`) is over whatever
 * the time.
 */
export function linkState(
  link: { readonly createdAt: Date; readonly expiresAt: Date; readonly usedAt: Date | null } | undefined,
  now: Date,
): LinkState {
  if (link === undefined) return "unknown";
  if (link.usedAt !== null) return "used";
  return link.expiresAt <= now || link.expiresAt <= link.createdAt ? "expired" : "live";
}
