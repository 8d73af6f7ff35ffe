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

test("no other file of the site knows by heart what its cookies are called", () => {
  const root = process.cwd();
  const files = ["app", "components", "lib"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((name) => join(folder, name)),
  );
  const sources = files.filter((file) => /(?<!\.test)\.tsx?$/.test(file));
  expect(sources.length).toBeGreaterThan(100);
  const knowing = sources.filter((file) =>
    /["'`/](\(\?:)?__Host-|latchkey\\?\.(session|asked-for|csrf|callback|language=)/.test(
      readFileSync(join(root, file), "utf8").replace(/\/\*[\s\S]*?\*\//g, ""),
    ),
  );
  expect(knowing).toEqual([join("lib", "kernel", "cookie-names.ts")]);
});
