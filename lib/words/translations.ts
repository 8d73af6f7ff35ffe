import type { Language } from "@/lib/kernel/language";

type Catalogue = Readonly<Record<string, string>>;
type Catalogues = Readonly<Record<string, Catalogue>>;

// Read from their files when the first person asks for a language, once for the process: in the bundles they would be
// several times in memory, in every language, for sites that speak one.
const storageKey = Symbol.for("latchkey.translations");
const shared = globalThis as { [storageKey]?: Map<Language, Catalogues> };

/** "sign-in.json" holds the words of `signIn`. */
export const namespaceOf = (file: string): string =>
  file.replace(/\.json$/, "").replace(/-([a-z])/g, (_dash, letter: string) => letter.toUpperCase());

/** The words of one area in a language other than English; undefined while nobody has translated it. */
export function translation(language: Language, namespace: string): Catalogue | undefined {
  shared[storageKey] ??= new Map();
  const known = shared[storageKey].get(language);
  if (known !== undefined) return known[namespace];
  const read = readTranslations(language);
  shared[storageKey].set(language, read);
  return read[namespace];
}

function readTranslations(language: Language): Catalogues {
  const fs = process.getBuiltinModule("node:fs");
  const folder = process.getBuiltinModule("node:path").join(process.cwd(), "lib", "words", language);
  const files = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
  return Object.fromEntries(
    files.map((file) => [namespaceOf(file), JSON.parse(fs.readFileSync(`${folder}/${file}`, "utf8"))]),
  );
}
