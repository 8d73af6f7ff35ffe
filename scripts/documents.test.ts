import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";

const root = path.join(import.meta.dirname, "..");
const below = (folder: string): string[] =>
  readdirSync(path.join(root, folder))
    .filter((name) => name.endsWith(".md"))
    .map((name) => path.posix.join(folder, name));
const documents = [...below("."), ...below("docs"), ...below("docs/decisions")];
const read = (file: string) => readFileSync(path.join(root, file), "utf8").replace(/^```[\s\S]*?^```/gm, "");

/** A heading as the address of its place, as GitHub makes it. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/[^\p{L}\p{N}_ -]/gu, "")
    .trim()
    .replaceAll(" ", "-");

const anchorsIn = (file: string): string[] =>
  [...read(file).matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) => anchorOf(heading));

/** Links of a document to files of the project, from its root, with the place in them that is meant. */
const linksIn = (file: string): { readonly to: string; readonly anchor: string | undefined }[] =>
  [...read(file).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link = ""]) => link)
    .filter((link) => !/^[a-z]+:/.test(link))
    .map((link) => {
      const [to = "", anchor] = link.split("#");
      return { to: to === "" ? file : path.posix.join(path.posix.dirname(file), to), anchor };
    });

test("what is looked at are the documents there are", () => {
  expect(documents).toEqual(expect.arrayContaining(["README.md", "docs/security.md"]));
  expect(documents.flatMap(linksIn).length).toBeGreaterThan(50);
});

test.each(documents)("every link of %s leads to something that is there", (file) => {
  for (const { to, anchor } of linksIn(file)) {
    expect(existsSync(path.join(root, to)), to).toBe(true);
    if (anchor !== undefined) expect(anchorsIn(to), to).toContain(anchor);
  }
});

// Decisions are not rewritten when the code moves on.
test.each(documents.filter((file) => !/decisions\/\d/.test(file)))(
  "every file that %s names is there",
  (file) => {
    const named = /`((?:app|bench|components|docs|e2e|lib|prisma|scripts)\/[\w./()[\]-]+\.\w+|server\.ts)`/g;
    for (const [, name = ""] of read(file).matchAll(named))
      expect(existsSync(path.join(root, name)), name).toBe(true);
  },
);
