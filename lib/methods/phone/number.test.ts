import fc from "fast-check";
import examples from "libphonenumber-js/examples.mobile.json";
import { getCountries, getExampleNumber } from "libphonenumber-js/max";
import { describe, expect, it, test } from "vitest";
import { countryOfLanguages, listCountries } from "./countries";
import { numberForReading, readNumber } from "./number";

const anyText = fc.array(fc.nat(0xffff)).map((units) => String.fromCharCode(...units));

describe("the example number of every country is taken, as people there write it", () => {
  test.each(getCountries())("%s", (country) => {
    const example = getExampleNumber(country, examples);
    if (example === undefined) throw new Error(`there is no example for ${country}`);
    const written = [
      example.formatNational(),
      example.formatInternational(),
      example.number,
      example.formatInternational().replaceAll(" ", "-"),
      example.formatNational().replaceAll(" ", "."),
      `  ${example.formatNational().replaceAll(" ", "\u00a0")} `,
      numberForReading(example.number),
    ];
    expect(numberForReading(example.number), "no line ends within it").not.toMatch(/[ \n]/);
    for (const text of written)
      expect(readNumber(text, country, "text"), text).toEqual({ ok: true, value: example.number });
  });
});

describe("the same number is the same number, however it is written", () => {
  test.each([
    ["Arabic-Indic digits", "٠٧٩١٢٣٤٥٦٧", "JO", "+962791234567"],
    ["extended Arabic-Indic digits", "۰۹۱۲ ۳۴۵ ۶۷۸۹", "IR", "+989123456789"],
    ["fullwidth digits", "+４４ ７４００ １２３４５６", "US", "+447400123456"],
    ["the prefix that is dialled in France", "0044 7400 123456", "FR", "+447400123456"],
    ["the prefix that is dialled in the United States", "011 44 7400 123456", "US", "+447400123456"],
    ["00 where another prefix is dialled", "00447400123456", "US", "+447400123456"],
    ["brackets and dashes", "(201) 555-0123", "US", "+12015550123"],
    ["a zero in brackets", "+44 (0)7400 123456", "US", "+447400123456"],
    ["marks of direction from a web page", "\u202a+44 7400 123456\u202c", "US", "+447400123456"],
    ["a link", "tel:+447400123456", "US", "+447400123456"],
    ["no country but a plus", "+12015550123", "", "+12015550123"],
  ])("%s", (_how, text, country, number) => {
    expect(readNumber(text, country, "text")).toEqual({ ok: true, value: number });
  });
});

describe("a number that cannot get codes is refused with its reason", () => {
  test.each([
    ["nothing", " ", "US", "text", "number-missing"],
    ["words", "my phone", "US", "text", "number-not-a-number"],
    ["a plus alone", "+", "US", "text", "number-not-a-number"],
    ["an extension", "+44 7400 123456 ext. 5", "GB", "text", "number-not-a-number"],
    ["NUL", "\u0000", "US", "text", "number-not-a-number"],
    ["10,000 digits", "7".repeat(10_000), "US", "text", "number-too-long"],
    ["a country that is none", "2015550123", "ZZ", "text", "number-country-unknown"],
    ["a name of every object for a country", "2015550123", "constructor", "text", "number-country-unknown"],
    ["too short", "12", "US", "text", "number-too-short"],
    ["too long", "2015550123456", "US", "text", "number-too-long"],
    ["of the right length but of nobody", "1 555 000 0000", "US", "text", "number-impossible"],
    ["a landline by text", "020 7946 0958", "GB", "text", "number-no-text-to-landline"],
    ["premium rate", "0909 879 1234", "GB", "voice", "number-kind-refused"],
    ["premium rate in North America", "+1 900 234 5678", "US", "voice", "number-kind-refused"],
    ["toll-free", "0800 123 4567", "GB", "voice", "number-kind-refused"],
    ["shared cost", "0845 678 9012", "GB", "voice", "number-kind-refused"],
    ["a personal number", "070 1234 5678", "GB", "voice", "number-kind-refused"],
    ["satellite", "+881 6 123 45678", "US", "text", "number-kind-refused"],
    ["international premium rate", "+979 123 456 789", "US", "voice", "number-kind-refused"],
  ] as const)("%s", (_what, text, country, channel, reason) => {
    expect(readNumber(text, country, channel)).toMatchObject({ ok: false, reason });
  });

  it("takes the same landline by call", () => {
    expect(readNumber("020 7946 0958", "GB", "voice")).toEqual({ ok: true, value: "+442079460958" });
  });
});

test("no text at all makes it throw, and whatever is taken is E.164", () => {
  fc.assert(
    fc.property(anyText, fc.string(), (text, country) => {
      const read = readNumber(text, country, "voice");
      if (read.ok) expect(read.value).toMatch(/^\+\d{6,15}$/);
    }),
  );
});

test("every country can be chosen once, under a name of its own", () => {
  const countries = listCountries();
  expect(countries.map(({ code }) => code).sort()).toEqual([...getCountries()].sort());
  expect(new Set(countries.map(({ name }) => name)).size).toBe(countries.length);
});

test.each([
  ["de-CH,de;q=0.9", "CH"],
  ["fr", "US"],
  ["zh-Hant-TW", "TW"],
  ["en-XX, pt-BR;q=0.5", "BR"],
  ["", "US"],
])("a browser that speaks %s starts with %s", (languages, country) => {
  expect(countryOfLanguages(languages)).toBe(country);
});
