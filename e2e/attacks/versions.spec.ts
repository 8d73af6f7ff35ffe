import fs from "node:fs";
import { expect, test } from "@playwright/test";

type Lock = { packages: Record<string, { version?: string }> };

const versionOf = (name: string): number[] => {
  const lock = JSON.parse(fs.readFileSync("package-lock.json", "utf8")) as Lock;
  const version = lock.packages[`node_modules/${name}`]?.version ?? "";
  return version.split(/[.-]/).map((part) => Number.parseInt(part, 10) || 0);
};
const isAtLeast = (have: number[], least: number[]): boolean => {
  for (const [n, wanted] of least.entries()) if ((have[n] ?? 0) !== wanted) return (have[n] ?? 0) > wanted;
  return true;
};

// Below these a hole of the package itself is open; the advisory stands beside each.
const floors: readonly [string, number[], string][] = [
  ["next", [16, 2, 11], "CVE-2026-64642, CVE-2025-29927, CVE-2026-27978, CVE-2026-44578"],
  ["react", [19, 2, 4], "CVE-2025-55182 and its successors"],
  ["react-dom", [19, 2, 4], "as react"],
  ["@node-rs/argon2", [2, 0, 0], ""],
  ["pg", [8, 11, 0], ""],
];

for (const [name, floor, why] of floors)
  test(`${name} is at least ${floor.join(".")} (AT-127) ${why}`.trim(), () => {
    expect(isAtLeast(versionOf(name), floor), versionOf(name).join(".")).toBe(true);
  });

// The pages run on these; what node_modules/react is says nothing of them.
for (const name of ["react", "react-dom", "react-server-dom-turbopack"])
  test(`the framework's own copy of ${name} is at least 19.2.4 (AT-127) CVE-2025-55182 and its successors`, () => {
    const folder = `node_modules/next/dist/compiled/${name}/cjs`;
    const versions = fs
      .readdirSync(folder)
      .flatMap((file) => [
        ...fs.readFileSync(`${folder}/${file}`, "utf8").matchAll(/version\s*[:=]\s*"(\d+)\.(\d+)\.(\d+)/gi),
      ])
      .map(([, ...parts]) => parts.map(Number));
    expect(versions.length).toBeGreaterThan(0);
    for (const version of versions) expect(isAtLeast(version, [19, 2, 4]), version.join(".")).toBe(true);
  });

test("next-auth is at least 5.0.0-beta.32 (AT-127) GHSA-7rqj-j65f-68wh, -8fpg-xm3f-6cx3, -xmf8-cvqr-rfgj, -x445-f3h2-j279", () => {
  const lock = JSON.parse(fs.readFileSync("package-lock.json", "utf8")) as Lock;
  const version = lock.packages["node_modules/next-auth"]?.version ?? "";
  const beta = /^5\.0\.0-beta\.(\d+)$/.exec(version)?.[1];
  expect(beta === undefined ? Number.parseInt(version, 10) >= 5 : Number(beta) >= 32, version).toBe(true);
});

test("nodemailer, where it is there, is at least 8.0.5 (AT-127)", () => {
  const version = versionOf("nodemailer");
  expect(version.length === 1 || isAtLeast(version, [8, 0, 5]), version.join(".")).toBe(true);
});
