import {
  type CountryCode,
  isSupportedCountry,
  type PhoneNumber,
  parsePhoneNumberFromString,
  validatePhoneNumberLength,
} from "libphonenumber-js/max";
import { plainDigits } from "@/lib/codes";
import { numbers } from "@/lib/kernel/numbers";
import { ok, type Result, refuse } from "@/lib/kernel/result";
import type { EnrolReason } from "../method";

export type PhoneChannel = "text" | "voice";

// Country calling codes that belong to no country: freephone, shared cost, satellite, networks, premium (ITU E.164).
const codesOfNoCountry = new Set(["800", "808", "870", "878", "881", "882", "883", "888", "979"]);

// What a code may be sent to. Premium, shared cost and personal numbers make messages a source of income for a caller
// ("SMS pumping"); pagers, mailboxes, company and toll-free numbers do not belong to one person.
const kindsForCodes = new Set(["MOBILE", "FIXED_LINE", "FIXED_LINE_OR_MOBILE", "VOIP"]);

const reasonOfLength: Record<string, EnrolReason> = {
  TOO_SHORT: "number-too-short",
  TOO_LONG: "number-too-long",
  NOT_A_NUMBER: "number-not-a-number",
  INVALID_COUNTRY: "number-country-unknown",
};

/** The characters of a number as typed, without what people put between digits; undefined when there is more in it. */
function plainNumber(text: string): string | undefined {
  const plain = plainDigits(text.replace(/^\s*tel:/i, ""))
    // Brackets, slashes and middle dots divide; direction marks come along when a number is copied from a page.
    .replace(/[()[\]/·\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu, "");
  return /^\+?\d+$/.test(plain) ? plain : undefined;
}

function parse(plain: string, country: CountryCode | undefined): PhoneNumber | undefined {
  const asTyped = parsePhoneNumberFromString(plain, { defaultCountry: country, extract: false });
  if (asTyped?.isValid() || !plain.startsWith("00")) return asTyped;
  // "00" is the international prefix of most of the world; people type it also where theirs is another.
  const international = parsePhoneNumberFromString(`+${plain.slice(2)}`, { extract: false });
  return international?.isValid() ? international : asTyped;
}

/**
 * Reads a phone number as people write it: national with its country, or international with `+` or the prefix that is
 * dialled in that country; with spaces, brackets, dashes, dots; in Arabic-Indic or fullwidth digits. Gives E.164.
 *
 * Refused when it cannot exist, when it is of a kind that no code goes to, or when a landline is to get a text.
 *
 * @param country ISO 3166-1 alpha-2; it does not matter for a number that begins with `+`.
 */
export function readNumber(
  text: string,
  country: string,
  channel: PhoneChannel,
): Result<string, EnrolReason> {
  if (text.trim() === "") return refuse("number-missing");
  if ([...text].length > numbers.fields.phoneCharacters) return refuse("number-too-long");
  const plain = plainNumber(text);
  if (plain === undefined) return refuse("number-not-a-number");
  const known = isSupportedCountry(country) ? country : undefined;
  if (known === undefined && !plain.startsWith("+")) return refuse("number-country-unknown");

  const number = parse(plain, known);
  if (number !== undefined && codesOfNoCountry.has(number.countryCallingCode))
    return refuse("number-kind-refused");
  if (number === undefined || !number.isValid()) {
    const length = validatePhoneNumberLength(plain, { defaultCountry: known });
    return refuse(reasonOfLength[length ?? ""] ?? "number-impossible", { country: number?.country ?? known });
  }
  const kind = number.getType();
  if (kind === undefined || !kindsForCodes.has(kind)) return refuse("number-kind-refused");
  if (kind === "FIXED_LINE" && channel === "text") return refuse("number-no-text-to-landline");
  return ok(number.number);
}

/** A number as people of its country read it, with its country code: "+44 20 7946 0958". No line ends within it. */
export const numberForReading = (number: string): string =>
  parsePhoneNumberFromString(number)?.formatInternational().replaceAll(" ", "\u00a0") ?? number;
