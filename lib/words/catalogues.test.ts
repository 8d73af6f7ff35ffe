import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { IntlMessageFormat } from "intl-messageformat";
import { expect, test } from "vitest";
import { parseAst } from "vitest/node";
import { catalogues, type Namespace } from ".";

// The catalogues and the code are held together here: every message is used, every message asked for is there, and no
// sentence stands anywhere else.

type Node = { readonly type: string; readonly start: number } & Readonly<Record<string, unknown>>;
type SourceFile = { readonly path: string; readonly nodes: readonly Node[] };

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && typeof (value as Node).type === "string";

/** A node and everything in it, in the order of the text. */
function nodesIn(node: Node): Node[] {
  const inner = Object.values(node).flatMap((value) => (Array.isArray(value) ? value : [value]));
  return [node, ...inner.filter(isNode).flatMap(nodesIn)];
}

function parsed(path: string, code: string): SourceFile {
  const lang = path.endsWith("x") ? "tsx" : "ts";
  return { path, nodes: nodesIn(parseAst(code, { lang }) as unknown as Node) };
}

const inFolder = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" }).map((file) =>
    join(folder, file).replaceAll("\\", "/"),
  );

const files: readonly SourceFile[] = [
  ...["app", "components", "lib", "prisma"].flatMap(inFolder),
  "server.ts",
]
  .filter((path) => /\.tsx?$/.test(path))
  .filter((path) => !/\.test\.tsx?$|\.d\.ts$|^lib\/db\/generated\/|^lib\/words\//.test(path))
  .map((path) => parsed(path, readFileSync(path, "utf8")));

const namespaces = Object.keys(catalogues) as Namespace[];
const messages = namespaces.flatMap((namespace) =>
  Object.entries(catalogues[namespace]).map(([key, message]) => ({ namespace, key, message })),
);

const textOf = (node: unknown): string | undefined =>
  isNode(node) && node.type === "Literal" && typeof node.value === "string" ? node.value : undefined;

/** The texts an expression can be, as far as they are written out. */
function textsOf(node: unknown): string[] {
  if (!isNode(node)) return [];
  if (node.type === "ConditionalExpression") return [...textsOf(node.consequent), ...textsOf(node.alternate)];
  const text = textOf(node);
  return text === undefined ? [] : [text];
}

/** A template such as `error.${reason}` as the keys it can make; undefined for one that says nothing. */
function patternOf(node: Node): RegExp | undefined {
  const parts = (node.quasis as { value: { cooked: string } }[]).map((quasi) => quasi.value.cooked);
  const fixed = parts.join("");
  if (!/[a-z]/i.test(fixed) || !fixed.includes(".") || /[\s/]/.test(fixed)) return undefined;
  return new RegExp(`^${parts.map(escaped).join(".+")}$`);
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\-]/g, "\\$&");

/** The namespace of a call of `words`, when it is written out. */
function namespaceOf(node: unknown): string | undefined {
  if (!isNode(node) || node.type !== "CallExpression") return undefined;
  const callee = node.callee as Node;
  return callee.type === "Identifier" && callee.name === "words"
    ? textOf((node.arguments as unknown[])[0])
    : undefined;
}

/** Every message that a file asks for by name: `words("a")("key")`, and `t("key")` after `const t = words("a")`. */
function askedFor(file: SourceFile): { namespace: string; key: string }[] {
  const bound = new Map<string, string>();
  return file.nodes.flatMap((node) => {
    if (node.type === "VariableDeclarator") {
      const namespace = namespaceOf(node.init);
      if (namespace !== undefined) bound.set(String((node.id as Node).name), namespace);
    }
    if (node.type !== "CallExpression") return [];
    const callee = node.callee as Node;
    const namespace =
      namespaceOf(callee) ?? (callee.type === "Identifier" ? bound.get(String(callee.name)) : undefined);
    if (namespace === undefined) return [];
    return textsOf((node.arguments as unknown[])[0]).map((key) => ({ namespace, key }));
  });
}

const literalsIn = (file: SourceFile): string[] => file.nodes.flatMap((node) => textOf(node) ?? []);
const literals = new Set(files.flatMap(literalsIn));

/** The templates that make keys of a namespace: those in files that name it. */
const patterns = new Map(
  namespaces.map((namespace) => [
    namespace,
    files
      .filter((file) => literalsIn(file).includes(namespace))
      .flatMap((file) => file.nodes)
      .flatMap((node) => (node.type === "TemplateLiteral" ? (patternOf(node) ?? []) : [])),
  ]),
);
const asked = new Set(
  files.flatMap((file) => askedFor(file).map(({ namespace, key }) => `${namespace} ${key}`)),
);

/** Keys that `mail()` puts together: its own argument, and for alerts the kind of event. */
function isMail(key: string): boolean {
  const name = key.replace(/\.(subject|body|text)$/, "");
  return name !== key && (literals.has(name) || literals.has(name.replace(/^alert\./, "")));
}

/** Keys out of a table of reasons or a template. A key of one word ("heading") is too common to be known by that. */
const isMade = (namespace: Namespace, key: string): boolean =>
  key.includes(".") &&
  (literals.has(key) || (patterns.get(namespace)?.some((pattern) => pattern.test(key)) ?? false));

test.each(messages)("$namespace $key is a message that can be read", ({ key, message }) => {
  expect(key).toMatch(/^[\w-]+(\.[\w-]+)*$/);
  expect(message).toBe(message.trim());
  expect(message).not.toMatch(/ {2}/);
  expect(() => new IntlMessageFormat(message, "en", undefined, { ignoreTag: true })).not.toThrow();
});

test("every message is used somewhere", () => {
  const unused = messages.filter(
    ({ namespace, key }) =>
      !asked.has(`${namespace} ${key}`) && !(namespace === "messages" ? isMail(key) : isMade(namespace, key)),
  );
  expect(unused.map(({ namespace, key }) => `${namespace} ${key}`)).toEqual([]);
});

test("every message that is asked for is there", () => {
  const known = new Set(messages.map(({ namespace, key }) => `${namespace} ${key}`));
  expect([...asked].filter((name) => !known.has(name))).toEqual([]);
});

const spoken = new Set([
  ...["aria-label", "aria-description", "title", "placeholder", "alt", "label", "heading", "lead", "hint"],
  ...["summary", "caption", "about", "empty", "term", "actionLabel", "channelLabel"],
]);
const isSpoken = (text: string): boolean => /\p{L}{2}/u.test(text);
/** Several words that begin as a sentence does: no class, no key, no address, no list of names. */
const isSentence = (text: string): boolean => /^\s*\p{Lu}\p{L}*'?\p{L}* +\p{L}/u.test(text);

/** The fixed parts of a template, with a gap for what is put in. */
const fixedPartsOf = (template: Node): string =>
  (template.quasis as { value: { cooked: string } }[]).map((quasi) => quasi.value.cooked).join("…");

/** The texts that an expression can show; `held` are those of the file's constants. */
function shownBy(node: unknown, held: ReadonlyMap<string, readonly string[]>): string[] {
  if (!isNode(node)) return [];
  const within = (...parts: unknown[]) => parts.flatMap((part) => shownBy(part, held));
  switch (node.type) {
    case "ConditionalExpression":
      return within(node.consequent, node.alternate);
    case "LogicalExpression":
      return node.operator === "&&" ? within(node.right) : within(node.left, node.right);
    case "BinaryExpression":
      return node.operator === "+" ? within(node.left, node.right) : [];
    case "TemplateLiteral":
      return [fixedPartsOf(node), ...within(...(node.expressions as unknown[]))];
    case "JSXExpressionContainer":
    case "TSAsExpression":
    case "TSSatisfiesExpression":
    case "ParenthesizedExpression":
      return within(node.expression);
    case "ArrayExpression":
      return within(...(node.elements as unknown[]));
    case "Identifier":
      return [...(held.get(String(node.name)) ?? [])];
    default: {
      const text = textOf(node);
      return text === undefined ? [] : [text];
    }
  }
}

/** What the constants of a file hold, as far as it is written out. */
function constantsOf(file: SourceFile): Map<string, string[]> {
  const held = new Map<string, string[]>();
  for (const node of file.nodes)
    if (node.type === "VariableDeclarator" && (node.id as Node).type === "Identifier")
      held.set(String((node.id as Node).name), shownBy(node.init, held));
  return held;
}

/** The sentences of a file that people could read: shown by an element, an attribute or a refusal, or written out at all. */
function sentencesIn(file: SourceFile): string[] {
  const held = constantsOf(file);
  const isScreen = /^(app|components)\//.test(file.path);
  // What is thrown is a bug's, for the log, and nobody's to read.
  const thrown = new Set(
    file.nodes.filter(({ type }) => type === "ThrowStatement").flatMap((node) => nodesIn(node)),
  );
  return file.nodes.flatMap((node) => {
    const shown: string[] = [];
    if (node.type === "JSXElement" || node.type === "JSXFragment")
      for (const child of node.children as Node[])
        shown.push(...(child.type === "JSXText" ? [String(child.value)] : shownBy(child, held)));
    if (node.type === "JSXAttribute" && spoken.has(String((node.name as Node).name)))
      shown.push(...shownBy(node.value, held));
    if (node.type === "Property" && (node.key as Node).name === "message" && isScreen)
      shown.push(...shownBy(node.value, held));
    const written = node.type === "TemplateLiteral" ? fixedPartsOf(node) : textOf(node);
    const isWritten = written !== undefined && isScreen && !thrown.has(node) && isSentence(written);
    return [...shown.filter(isSpoken), ...(isWritten ? [written] : [])].map((text) => text.trim());
  });
}

test("no sentence stands in a component, nor in what an action answers", () => {
  const found = files.flatMap((file) => sentencesIn(file).map((text) => `${file.path}: ${text}`));
  expect(found).toEqual([]);
});

test.each([
  ["between tags", "export const P = () => <p>Your code</p>;"],
  ["in an expression", 'export const P = ({ a }) => <p>{a ? "yes" : ""}</p>;'],
  ["behind a condition", 'export const P = ({ a }) => <p>{a && "yes"}</p>;'],
  ["in a template", `export const P = ({ n }) => <p>{\`left: \${n}\`}</p>;`],
  ["in a spoken attribute", 'export const P = () => <p aria-label={"close"} />;'],
  ["in a template of a spoken attribute", `export const P = ({ n }) => <p title={\`left: \${n}\`} />;`],
  ["in a constant", 'const lead = "soon"; export const P = () => <p>{lead}</p>;'],
  ["in what an action answers", 'export const act = () => ({ errors: [{ message: "wrong" }] });'],
  ["in a constant of an action", 'const gone = "gone"; export const act = () => ({ message: gone });'],
  ["in a list that is shown elsewhere", 'export const all = ["That code was wrong."];'],
])("a sentence %s is seen", (_where, code) => {
  expect(sentencesIn(parsed("app/page.tsx", code))).not.toEqual([]);
});

test.each([
  ["a class", 'export const P = () => <p className="card wide" id={"top"}>{t("heading")}</p>;'],
  ["a key", `export const act = (reason) => ({ message: t(\`refused.\${reason}\`) });`],
  ["a bug's words", 'export const f = () => { throw new Error("No such method"); };'],
  ["signs", `export const P = () => <p>{" · "}{\`\${a} / \${b}\`}</p>;`],
])("%s is no sentence", (_what, code) => {
  expect(sentencesIn(parsed("app/page.tsx", code))).toEqual([]);
});

// An e-mail address and a number are confirmed: a person who reads "verify" must not wonder which of two things is meant.
test("verify is said of the second step alone", () => {
  const others = messages.filter(({ message }) =>
    /verif/i.test(message.replaceAll(/Two-Step Verification|Verify code and continue/g, "")),
  );
  expect(others.map(({ namespace, key }) => `${namespace} ${key}`)).toEqual([]);
});
