import { getCountries, getCountryCallingCode, isSupportedCountry } from "libphonenumber-js/max";

/** A country that phone numbers can be of. */
export type Country = {
  /** ISO 3166-1 alpha-2, and the few codes that the numbering plans add. */
  readonly code: string;
  readonly name: string;
  /** The country calling code, without `+`. */
  readonly callingCode: string;
};

let sorted: readonly Country[] | undefined;

/** Every country of the numbering plans, sorted by name. Made once: the names cost more than a page. */
export function listCountries(): readonly Country[] {
  if (sorted === undefined) {
    const names = new Intl.DisplayNames(["en"], { type: "region" });
    sorted = getCountries()
      .map((code) => ({ code, name: names.of(code) ?? code, callingCode: getCountryCallingCode(code) }))
      .sort((left, right) => left.name.localeCompare(right.name, "en"));
  }
  return sorted;
}

/** The country that a browser's languages speak of first (`de-CH, de;q=0.9` is Switzerland), else the United States. */
export function countryOfLanguages(acceptLanguage: string): string {
  for (const [, region] of acceptLanguage.slice(0, 500).matchAll(/-([A-Za-z]{2})(?![A-Za-z0-9])/g)) {
    const code = region?.toUpperCase() ?? "";
    if (isSupportedCountry(code)) return code;
  }
  return "US";
}
