import { siteName, siteUrl } from "@/lib/kernel/site";
import { words } from "@/lib/words";

/** A text file of recovery codes, for a password manager or a printer. */
export type RecoveryFile = { readonly name: string; readonly text: string };

/** In names of files these are safe everywhere; anything else becomes a hyphen. */
const safe = (text: string): string => text.replace(/[^A-Za-z0-9.@_-]+/g, "-").replace(/^[-.]+|[-.]+$/g, "");

/** The file that a person downloads: named after the site and the account, so that it is found again. */
export const recoveryFile = (email: string, codes: readonly string[], now: Date): RecoveryFile => {
  const site = siteName();
  const name = [safe(site), "recovery-codes", safe(email)].filter((part) => part !== "").join("-");
  const text = words("recoveryCodes")("file", {
    site,
    email,
    codes: codes.join("\n"),
    at: now,
    url: siteUrl(),
  });
  return { name: `${name}.txt`, text: `${text}\n` };
};
