import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { isHttps, isLoopbackAddress, isLoopbackHost, isLoopbackName } from "./origin";

test.each([
  ["http://localhost:3000", true, true],
  ["http://127.0.0.1", true, true],
  ["http://[0::1]:3000", true, true],
  ["http://127.0.0.53", false, true],
  ["http://localhost.evil.example", false, false],
  ["http://127.0.0.1.evil.example", false, false],
  ["http://10.0.0.1", false, false],
  ["http://[::ffff:127.0.0.1]", false, false],
])(
  "of %s the host is a name of this machine: %s; what is sent to it stays here: %s",
  (url, isName, stays) => {
    const { hostname } = new URL(url);
    expect([isLoopbackName(hostname), isLoopbackHost(hostname)]).toEqual([isName, stays]);
  },
);

test("an address of this machine alone is told from one that others reach", () => {
  for (const address of ["127.0.0.1", "127.1.2.3", "::1"]) expect(isLoopbackAddress(address)).toBe(true);
  for (const address of ["0.0.0.0", "::", "10.0.0.1", "1127.0.0.1"])
    expect(isLoopbackAddress(address)).toBe(false);
});

test("https is told by the scheme alone", () => {
  expect(isHttps(new URL("HTTPS://localhost"))).toBe(true);
  expect(isHttps(new URL("http://https.example"))).toBe(false);
});

test("no other file of the site lists the names of this machine", () => {
  const root = process.cwd();
  const listing = readdirSync(join(root, "lib"), { recursive: true, encoding: "utf8" })
    .filter((file) => /(?<!\.test)\.ts$/.test(file))
    .filter((file) => /localhost"?(,|\|) ?"?127/.test(readFileSync(join(root, "lib", file), "utf8")));
  expect(listing).toEqual([join("kernel", "origin.ts")]);
});
