import { readdirSync } from "node:fs";
import { IntlMessageFormat } from "intl-messageformat";
import { expect, test } from "vitest";
import { type Language, languages, localeOf, original } from "@/lib/kernel/language";
import { catalogues, type Namespace } from ".";
import { namespaceOf, translation } from "./translations";

// Every language says all that English says, and nothing else: the same keys, the same values in them, every form that
// its plurals need. What was forgotten would stand there in English.

/** Words that are the same in another language; somebody has looked at each. */
const sameInBoth: Readonly<Partial<Record<Language, readonly string[]>>> = {
  de: ["Name", "Browser", "Passkey", "Code"],
  es: ["Error:", "Error: {heading} - {site}"],
  fr: ["E-mail", "Code", "Actions"],
};

type Ast = ReturnType<IntlMessageFormat["getAst"]>;

// Of the parser's own enumeration.
const select = 5;
const plural = 6;
const kinds: Readonly<Record<number, string>> = { 1: "text", 2: "number", 3: "date", 4: "time", 5: "select" };

const parts = (message: string, language: string): Ast =>
  new IntlMessageFormat(message, localeOf(language as "en"), undefined, { ignoreTag: true }).getAst();

/** The values of a message, each with how it is used and, where something is chosen by it, from what. */
function valuesOf(ast: Ast): Set<string> {
  const found = new Set<string>();
  for (const part of ast) {
    if (part.type === select || part.type === plural) {
      const options = part.type === select ? Object.keys(part.options).sort().join("|") : "";
      found.add(`${part.value}: ${part.type === select ? `one of ${options}` : "counted"}`);
      for (const option of Object.values(part.options))
        for (const value of valuesOf(option.value)) found.add(value);
    } else if ("value" in part && kinds[part.type] !== undefined && part.type > 0) {
      const style = "style" in part && typeof part.style === "string" ? ` ${part.style}` : "";
      found.add(`${part.value}: ${kinds[part.type]}${style}`);
    }
  }
  return found;
}

/** The sets of forms that each plural of a message has. */
const pluralsOf = (ast: Ast): string[][] =>
  ast.flatMap((part) => {
    if (part.type !== select && part.type !== plural) return [];
    const inside = Object.values(part.options).flatMap((option) => pluralsOf(option.value));
    return part.type === plural ? [Object.keys(part.options), ...inside] : inside;
  });

/** The forms that a language needs to count things: a count of a million things is not among ours. */
const formsOf = (language: string): Set<string> => {
  const rules = new Intl.PluralRules(language);
  return new Set(Array.from({ length: 201 }, (_, count) => rules.select(count)));
};

/** What a person or a machine follows: it must lead to the same place. */
const pathsIn = (message: string): string[] =>
  (message.match(/\{url\}[a-z/-]*|@\{host\} #\{code\}$/g) ?? []).sort();

const others = languages.filter((language) => language !== original);
const english = Object.entries(catalogues).flatMap(([namespace, messages]) =>
  Object.entries(messages).map(([key, message]) => ({ namespace: namespace as Namespace, key, message })),
);

test.each(others)("%s has the files and the keys that English has, and no other", (language) => {
  expect(readdirSync(`lib/words/${language}`).sort()).toEqual(readdirSync("lib/words/en").sort());
  const keys = readdirSync(`lib/words/${language}`).flatMap((file) =>
    Object.keys(translation(language, namespaceOf(file)) ?? {}).map((key) => `${namespaceOf(file)} ${key}`),
  );
  expect(keys.sort()).toEqual(english.map(({ namespace, key }) => `${namespace} ${key}`).sort());
});

const translated = others.flatMap((language) =>
  english.flatMap(({ namespace, key, message }) => {
    const text = translation(language, namespace)?.[key];
    return text === undefined ? [] : [{ language, namespace, key, message, text }];
  }),
);

test.each(translated)(
  "$language $namespace $key says the same with the same values",
  ({ language, message, text }) => {
    expect(text).toBe(text.trim());
    expect(text).not.toMatch(/ {2}/);
    const ast = parts(text, language);
    expect([...valuesOf(ast)].sort()).toEqual([...valuesOf(parts(message, original))].sort());
    // One form for every count ("Attempts: 3"), or all that the language has: never the two of English.
    for (const forms of pluralsOf(ast).map((all) => all.filter((form) => !form.startsWith("="))))
      if (forms.join() !== "other") expect(forms).toEqual(expect.arrayContaining([...formsOf(language)]));
    expect(pathsIn(text)).toEqual(pathsIn(message));
  },
);

test("nothing was left in English", () => {
  const hasWords = (message: string): boolean => /\p{L}{2}/u.test(message.replace(/\{[^{}]*\}/g, ""));
  const left = translated
    .filter(({ message, text }) => text === message && hasWords(message))
    .filter(({ language, text }) => !(sameInBoth[language] ?? []).includes(text))
    .map(({ language, namespace, key }) => `${language} ${namespace} ${key}`);
  expect(left).toEqual([]);
});

test.each(
  [...english.map((each) => ({ ...each, language: original, text: each.message })), ...translated].filter(
    ({ key }) => key.startsWith("error."),
  ),
)(
  "$language $namespace $key, a refusal, ends with a full stop when it is several sentences, and else without one",
  ({ language, text }) => {
    const sentences = new Intl.Segmenter(language, { granularity: "sentence" });
    expect(/[.。]$/.test(text)).toBe([...sentences.segment(text)].length > 1);
  },
);
