import { getCountries, getCountryCallingCode, isSupportedCountry } from "libphonenumber-js/max";
import { currentLanguage, type Language, localeOf } from "@/lib/kernel/language";

/** A country that phone numbers can be of. */
export type Country = {
  /** ISO 3166-1 alpha-2, and the few codes that the numbering plans add. */
  readonly code: string;
  readonly name: string;
  /** The country calling code, without `+`. */
  readonly callingCode: string;
};

const sorted = new Map<Language, readonly Country[]>();

/**
 * Every country of the numbering plans, sorted by its name in the language of the page. Made once: the names cost more
 * than a page.
 */
export function listCountries(): readonly Country[] {
  const language = currentLanguage();
  const known = sorted.get(language);
  if (known !== undefined) return known;
  const names = new Intl.DisplayNames([localeOf(language)], { type: "region" });
  const made = getCountries()
    .map((code) => ({ code, name: names.of(code) ?? code, callingCode: getCountryCallingCode(code) }))
    .sort((left, right) => left.name.localeCompare(right.name, localeOf(language)));
  sorted.set(language, made);
  return made;
}

/** The country that a browser's languages speak of first (`de-CH, de;q=0.9` is Switzerland), else the United States. */
export function countryOfLanguages(acceptLanguage: string): string {
  for (const [, region] of acceptLanguage.slice(0, 500).matchAll(/-([A-Za-z]{2})(?![A-Za-z0-9])/g)) {
    const code = region?.toUpperCase() ?? "";
    if (isSupportedCountry(code)) return code;
  }
  return "US";
}
