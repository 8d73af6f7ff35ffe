import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { isCookie, nameOfCookie } from "./cookie-names";

test("a cookie is known under its name on http and on https, and under no other", () => {
  expect(nameOfCookie("session", true)).toBe("__Host-latchkey.session");
  expect(nameOfCookie("session", false)).toBe("latchkey.session");
  for (const pair of ["latchkey.session=", "__Host-latchkey.session=a; Path=/"])
    expect(isCookie(pair, "session")).toBe(true);
  for (const pair of [
    "latchkey.session",
    "__Secure-latchkey.session=a",
    "latchkey.session.0=a",
    "a=latchkey.session=",
  ])
    expect(isCookie(pair, "session")).toBe(false);
});

const root = process.cwd();

const sourcesOfSite = (): string[] => {
  const files = ["app", "components", "lib"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((name) => join(folder, name)),
  );
  return files.filter((file) => /(?<!\.test)\.tsx?$/.test(file));
};

/** A file without its comments, which may speak of anything. */
const code = (file: string): string =>
  readFileSync(join(root, file), "utf8").replace(/\/\*[\s\S]*?\*\//g, "");

test("no other file of the site writes by hand what a cookie may do: the table says it, for the door too", () => {
  const sources = sourcesOfSite();
  expect(sources.length).toBeGreaterThan(100);
  expect(sources.filter((file) => /\bsameSite:|SameSite=/.test(code(file)))).toEqual([
    join("lib", "kernel", "cookie-names.ts"),
  ]);
});

test("no other file of the site knows by heart what its cookies are called", () => {
  const sources = sourcesOfSite();
  expect(sources.length).toBeGreaterThan(100);
  const knowing = sources.filter((file) =>
    /["'`/](\(\?:)?__Host-|latchkey\\?\.(session|asked-for|csrf|callback|language=)/.test(code(file)),
  );
  expect(knowing).toEqual([join("lib", "kernel", "cookie-names.ts")]);
});
