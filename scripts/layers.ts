/** The layers of CONTRIBUTING.md (what each kind of file may import and do), as checks on the text of one file. */
import path from "node:path";

export interface Import {
  /** As written. */
  name: string;
  /** For one of our own: its path from the root without extension, `lib/db`; else undefined. */
  ours: string | undefined;
  isType: boolean;
}

/** What a file imports, by any form of import or re-export. `file` is its path from the root. */
export function importsOf(file: string, source: string): Import[] {
  const found: Import[] = [];
  const form =
    /(?:\b(?:import|export)\s+(type\s)?([^"';]*?)\bfrom\s*|\bimport\s*\(\s*|\bimport\s+)["']([^"']+)["']/g;
  for (const [, type, what = "", name = ""] of source.matchAll(form)) {
    let ours: string | undefined;
    if (name.startsWith("@/")) ours = name.slice(2);
    else if (name.startsWith(".")) ours = path.posix.join(path.posix.dirname(file), name);
    found.push({
      name,
      ours: ours?.replace(/\.tsx?$/, "").replace(/\/index$/, ""),
      isType: type !== undefined || /^\{(\s*type\s[^,}]*,?)+\s*\}\s*$/.test(what),
    });
  }
  return found;
}

interface Rule {
  /** What the rule says, as a reader of a failing check should see it. */
  says: string;
  holdsFor: (file: string, source: string) => boolean;
  /** The parts of this file that break it. */
  breaches: (file: string, source: string, imports: Import[]) => string[];
}

const names = (imports: Import[]) => imports.map(({ name }) => name);
const isPackage = (name: string, ...packages: string[]) =>
  packages.some((wanted) => name === wanted || name.startsWith(`${wanted}/`));
const isFramework = (name: string) => isPackage(name, "next", "react", "react-dom", "next-auth");
const isPrisma = (name: string) =>
  isPackage(name, "@prisma", "prisma", "pg") || name.includes("db/generated");
/** lib/<folder> of a path, or undefined outside lib. */
const folderOf = (file: string) => /^lib\/([^/]+)/.exec(file)?.[1];
const withoutComments = (source: string) => source.replace(/\/\*[\s\S]*?\*\/|(?<![:"'`])\/\/.*$/gm, "");

/**
 * Beside their index, these are for everybody: the kernel has no index because it has no inside, and the rest is what
 * flows, the server, its posts and the scripts open, which must not pull the framework in.
 */
const OPEN = /^lib\/(kernel\/|db\/(pool|embedded|migrate)$|auth\/posts$)/;
const isTest = (file: string) => /\.test\.tsx?$|\/test-[^/]+$/.test(file);
const isStore = (file: string) => /^lib\/.*\/store(\/[\w-]+)?\.ts$/.test(file);
/** Files of lib whose subject is what people read: screens, messages, files to keep, what a command prints. */
const IN_WORDS = /\/(words|texts|sentences|names|refusals?|file|export|printed|print|commands?)\.ts$/;
/** The homes of what other files of lib keep away from. */
const HOME_OF_FRAMEWORK = /^lib\/auth\//;
const HOME_OF_WORDS = /^lib\/words\//;
const HOME_OF_DATABASE = /^lib\/db\//;

/** What a client component may know of lib: words, and plain data. */
const FOR_CLIENTS = /^lib\/(words$|kernel\/(result|form|durations|language|numbers)$)/;

export const rules: Rule[] = [
  {
    says: "a name says what it is: no utils, helpers, common, manager",
    holdsFor: (file) => !file.endsWith(".d.ts"), // named after the package they describe
    breaches: (file) => (/(^|[/.-])(utils?|helpers?|common|managers?)([/.-]|$)/i.test(file) ? [file] : []),
  },
  {
    says: "rules.ts decides from plain data: no framework, no database, no settings",
    holdsFor: (file) => /^lib\/.*\/rules\.ts$/.test(file),
    breaches: (_file, _source, imports) =>
      imports
        .filter(
          ({ name, ours }) =>
            isFramework(name) ||
            isPrisma(name) ||
            /^lib\/(db|auth)(\/|$)|^lib\/kernel\/(config|keys|site|clock|secrets)$|\/(store|flow)$|\/store\//.test(
              ours ?? "",
            ),
        )
        .map(({ name }) => name),
  },
  {
    says: "rules.ts reads no clock, no randomness, no environment: `now` is an argument",
    holdsFor: (file) => /^lib\/.*\/rules\.ts$/.test(file),
    breaches: (_file, source) =>
      withoutComments(source).match(
        /\bDate\.now\(|\bnew Date\(\s*\)|\bMath\.random\b|\brandom(Bytes|Int|UUID)\b|\bgetRandomValues\b|\bprocess\.env\b|\bperformance\.now\b/g,
      ) ?? [],
  },
  {
    says: "what the site does knows no framework and no cookies",
    holdsFor: (file) => file.startsWith("lib/") && !isTest(file) && !HOME_OF_FRAMEWORK.test(file),
    breaches: (_file, _source, imports) =>
      imports
        .filter(
          ({ name, ours = "" }) => isFramework(name) || (/^lib\/auth(\/|$)/.test(ours) && !OPEN.test(ours)),
        )
        .map(({ name }) => name),
  },
  {
    says: "a use case gives reasons and facts: their words stand in files of their own",
    holdsFor: (file) =>
      file.startsWith("lib/") && !isTest(file) && !IN_WORDS.test(file) && !HOME_OF_WORDS.test(file),
    breaches: (_file, _source, imports) =>
      imports
        .filter(({ ours = "", isType }) => /^lib\/words(\/|$)/.test(ours) && !isType)
        .map(({ name }) => name),
  },
  {
    says: "what is asked of the database stands in a store",
    holdsFor: (file) =>
      file.startsWith("lib/") && !isTest(file) && !isStore(file) && !HOME_OF_DATABASE.test(file),
    breaches: (_file, source, imports) => [
      ...(withoutComments(source).match(
        /\btx\.(\$\w+|[a-z]\w*\.\w+)|\bdb\(\)\.\w+|(?<![.\w])(query|ask)(<[^()]*>)?\(\s*["'`]/g,
      ) ?? []),
      ...names(imports).filter((name) => isPackage(name, "pg", "@prisma")),
    ],
  },
  {
    says: "store.ts is for the server only, and says so",
    holdsFor: isStore,
    breaches: (_file, _source, imports) =>
      names(imports).includes("server-only") ? [] : ['import "server-only" is missing'],
  },
  {
    says: "a store is its folder's own",
    holdsFor: () => true,
    breaches: (file, _source, imports) =>
      imports
        .filter(({ ours = "" }) => /\/store(\/|$)/.test(ours) && folderOf(ours) !== folderOf(file))
        .map(({ name }) => name),
  },
  {
    says: "other folders of lib are used by their index only",
    holdsFor: (file) => /^(lib|app|components)\//.test(file) && !/\.test\.tsx?$|^app\/api\/auth\//.test(file),
    breaches: (file, _source, imports) =>
      imports
        .filter(({ ours = "" }) => {
          const folder = folderOf(ours);
          return (
            folder !== undefined && folder !== folderOf(file) && ours !== `lib/${folder}` && !OPEN.test(ours)
          );
        })
        .map(({ name }) => name),
  },
  {
    says: "what is on a screen, and what is sent from it, goes by a flow: no database, no keys",
    holdsFor: (file) => /^(app|components)\//.test(file) && !isTest(file),
    breaches: (_file, _source, imports) =>
      imports
        .filter(
          ({ name, ours }) =>
            isPrisma(name) || /^lib\/db(\/|$)|\/store(\/|$)|^lib\/kernel\/(keys|secrets)$/.test(ours ?? ""),
        )
        .map(({ name }) => name),
  },
  {
    says: "next-auth, cookies and headers have one home: lib/auth",
    holdsFor: (file) => !/^lib\/auth\/|^app\/api\/auth\//.test(file),
    breaches: (_file, _source, imports) =>
      names(imports).filter((name) => isPackage(name, "next-auth", "@auth") || name === "next/headers"),
  },
  {
    says: "a post is answered without the framework",
    holdsFor: (file) => /^app\/(.*\/post|posts)\.ts$|^lib\/door\//.test(file) && !isTest(file),
    breaches: (_file, _source, imports) =>
      imports.filter(({ name, ours }) => isFramework(name) || ours === "lib/auth").map(({ name }) => name),
  },
  {
    says: "the kernel imports nothing of ours",
    holdsFor: (file) => file.startsWith("lib/kernel/"),
    breaches: (_file, _source, imports) =>
      imports
        .filter(({ ours }) => ours !== undefined && !ours.startsWith("lib/kernel/"))
        .map(({ name }) => name),
  },
  {
    says: "what the site does knows no screen",
    holdsFor: (file) => /^(lib|prisma)\//.test(file),
    breaches: (_file, _source, imports) =>
      imports.filter(({ ours }) => ours?.startsWith("app/")).map(({ name }) => name),
  },
  {
    says: "a server action stands in actions.ts: what one inside a function closes over, nobody can hold to its shape",
    // The framework seals that and throws at whatever else comes in its place; what a page binds to an action is an argument.
    holdsFor: () => true,
    breaches: (file, source) => {
      const rest = /\/actions\.ts$/.test(file) ? source.replace(/^["']use server["'];/, "") : source;
      return withoutComments(rest).match(/["']use server["']/g) ?? [];
    },
  },
  {
    says: "a client component knows no module of the server",
    holdsFor: (_file, source) => /^\s*(\/\*[\s\S]*?\*\/\s*|\/\/.*\n\s*)*["']use client["']/.test(source),
    breaches: (_file, _source, imports) =>
      imports
        .filter(({ name, ours, isType }) => {
          if (isType) return false;
          if (ours?.startsWith("lib/")) return !FOR_CLIENTS.test(ours);
          return /^node:|^server-only$|^next\/headers$|^pino$/.test(name) || isPrisma(name);
        })
        .map(({ name }) => name),
  },
];

/** Every breach in one file, as "file: rule: what". */
export function breachesIn(file: string, source: string): string[] {
  const imports = importsOf(file, source);
  return rules
    .filter((rule) => rule.holdsFor(file, source))
    .flatMap((rule) => rule.breaches(file, source, imports).map((what) => `${file}: ${rule.says}: ${what}`));
}

/**
 * The folders of lib that need each other in a circle, one path for each: what begins and ends with the same folder. Types
 * do not count, because nothing of them is left when the site runs. `sources` are the texts of the files by their paths.
 */
export function circlesOf(sources: ReadonlyMap<string, string>): string[][] {
  const needs = new Map<string, Set<string>>();
  for (const [file, source] of sources) {
    const from = folderOf(file);
    if (from === undefined || isTest(file)) continue;
    const folders = needs.get(from) ?? new Set();
    needs.set(from, folders);
    for (const { ours, isType } of importsOf(file, source)) {
      const to = folderOf(ours ?? "");
      if (to !== undefined && to !== from && !isType) folders.add(to);
    }
  }
  const circles: string[][] = [];
  const done = new Set<string>();
  const walk = (folder: string, path: string[]): void => {
    if (path.includes(folder)) circles.push([...path.slice(path.indexOf(folder)), folder]);
    if (path.includes(folder) || done.has(folder)) return;
    for (const next of needs.get(folder) ?? []) walk(next, [...path, folder]);
    done.add(folder);
  };
  for (const folder of needs.keys()) walk(folder, []);
  return circles;
}

/**
 * The ways on which a file comes to the framework, by whatever it imports that is there when the site runs: each as the
 * files on it, and what the last one imports. `sources` are the texts of the files by their paths.
 */
export function waysToFramework(from: string, sources: ReadonlyMap<string, string>): string[] {
  const ways: string[] = [];
  const seen = new Set<string>();
  const walk = (file: string, path: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const { name, ours, isType } of importsOf(file, sources.get(file) ?? "")) {
      if (isType) continue;
      if (isFramework(name)) ways.push(`${path} > ${name}`);
      const next = [`${ours}.ts`, `${ours}.tsx`, `${ours}/index.ts`].find((each) => sources.has(each));
      if (next !== undefined) walk(next, `${path} > ${next}`);
    }
  };
  walk(from, from);
  return ways;
}

/** What the framework asks a file of app or the root for by its name. */
const FOR_FRAMEWORK = /^(dynamic|metadata|generateMetadata|viewport|register|onRequestError|GET|POST)$/;

/**
 * What a file hands out and no other file names: dead, or its own business; and what an index hands out that nobody
 * outside of its folder names. Each as "file: name". Types may stand beside the function whose they are. `sources` are
 * the texts of the files by their paths.
 */
export function unusedExports(sources: ReadonlyMap<string, string>): string[] {
  const namedIn = new Map<string, string[]>();
  for (const [file, source] of sources)
    for (const name of new Set(withoutComments(source).match(/[A-Za-z_$][\w$]*/g)))
      namedIn.set(name, [...(namedIn.get(name) ?? []), file]);
  const isUnused = (name: string, isOwn: (file: string) => boolean): boolean =>
    !FOR_FRAMEWORK.test(name) && (namedIn.get(name) ?? []).every(isOwn);
  return [...sources].flatMap(([file, text]) => {
    const source = withoutComments(text);
    const folder = path.posix.dirname(file);
    const made = [...source.matchAll(/^export (?:async )?(?:const|function\*?|class) ([\w$]+)/gm)]
      .map(([, name = ""]) => name)
      .filter((name) => isUnused(name, (other) => other === file));
    const handedOn = [...source.matchAll(/^export \{([^}]*)\} from/gm)]
      .flatMap(([, names = ""]) => names.split(","))
      .map((name) => name.trim().split(" as ").at(-1) ?? "")
      .filter((name) => name !== "" && !name.startsWith("type "))
      .filter((name) => isUnused(name, (other) => other === file || other.startsWith(`${folder}/`)));
    return [...made, ...handedOn].map((name) => `${file}: ${name}`);
  });
}
