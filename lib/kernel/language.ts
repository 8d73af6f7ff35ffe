/**
 * The language of what is being said: a property of the piece of work that is under way, not an argument of every
 * sentence. The door opens it around each request, `inLanguage` around what is written to somebody else.
 */
import { carried } from "./carried";

/** What the site can be read in, in the order in which the switch names them. English is the original. */
export const languages = ["en", "de", "es", "fr", "ja", "ar"] as const;
export type Language = (typeof languages)[number];

/** The language that every other one was translated from, and that stands where nothing else is known. */
export const original: Language = "en";

/** Each language in its own words, for whoever cannot read the one on the page. */
export const languageNames: Readonly<Record<Language, string>> = {
  en: "English",
  de: "Deutsch",
  es: "Español",
  fr: "Français",
  ja: "日本語",
  ar: "العربية",
};

// The digits of codes, numbers and times are the same in all of them: they are compared with a phone, and typed in.
const locales: Readonly<Record<Language, string>> = {
  en: "en-GB",
  de: "de",
  es: "es",
  fr: "fr",
  ja: "ja",
  ar: "ar-u-nu-latn",
};

export const isLanguage = (text: unknown): text is Language =>
  languages.some((language) => language === text);

/** The way a language is written, for `dir`. */
export const directionOf = (language: Language): "ltr" | "rtl" => (language === "ar" ? "rtl" : "ltr");

/** The locale whose dates, numbers and lists belong to a language, for `Intl`. */
export const localeOf = (language: Language): string => locales[language];

const storage = carried<Language>("language");

/** The language of the request or message that is being worked on; English outside of all. */
export const currentLanguage = (): Language => storage().getStore() ?? original;

/** Does `work`, and all that it sets going, in a language; where none is known, in the one that is under way. */
export const inLanguage = <T>(language: string | null | undefined, work: () => T): T =>
  isLanguage(language) ? storage().run(language, work) : work();
