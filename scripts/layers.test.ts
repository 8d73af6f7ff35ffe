import fs from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { breachesIn, circlesOf, importsOf, rules, unusedExports, waysToFramework } from "./layers";

const root = path.dirname(import.meta.dirname);

function* sources(folder: string): Generator<string> {
  for (const entry of fs.readdirSync(path.join(root, folder), { withFileTypes: true })) {
    const file = path.posix.join(folder, entry.name);
    if (entry.isDirectory()) {
      if (entry.name !== "generated" && entry.name !== "node_modules") yield* sources(file);
    } else if (/\.tsx?$/.test(entry.name)) yield file;
  }
}

test("every source file keeps to its layer", () => {
  const files = [
    "server.ts",
    ...["app", "components", "lib", "prisma", "scripts", "e2e"].flatMap((f) => [...sources(f)]),
  ];
  expect(files.length).toBeGreaterThan(50);
  const breaches = files
    .filter((file) => !file.startsWith("scripts/layers")) // its samples are breaches
    .flatMap((file) => breachesIn(file, fs.readFileSync(path.join(root, file), "utf8")));
  expect(breaches).toEqual([]);
});

test("no folders of lib need each other in a circle", () => {
  const files = [...sources("lib")];
  expect(
    circlesOf(new Map(files.map((file) => [file, fs.readFileSync(path.join(root, file), "utf8")]))),
  ).toEqual([]);
});

test("a circle is seen, and types, tests and the way down make none", () => {
  const circle = [
    ["lib/a/flow.ts", 'import { b } from "@/lib/b";'],
    ["lib/b/store.ts", 'import { type T, c } from "@/lib/c";'],
    ["lib/c/index.ts", 'export { a } from "@/lib/a";'],
    ["lib/d/flow.ts", 'import { a } from "@/lib/a";'],
  ] as const;
  expect(circlesOf(new Map(circle))).toEqual([["a", "b", "c", "a"]]);
  const none = [
    ["lib/a/flow.ts", 'import { b } from "@/lib/b";\nimport { c } from "@/lib/c";'],
    ["lib/b/store.ts", 'import { c } from "@/lib/c";\nimport { type T, type U } from "@/lib/a";'],
    ["lib/b/flow.test.ts", 'import { a } from "@/lib/a";'],
    ["lib/c/index.ts", 'import type { T } from "@/lib/a";'],
  ] as const;
  expect(circlesOf(new Map(none))).toEqual([]);
});

test("what the server opens pulls the framework in on no way, the posts of a sign-in among it", () => {
  const files = ["server.ts", ...["app", "components", "lib"].flatMap((folder) => [...sources(folder)])];
  const texts = new Map(files.map((file) => [file, fs.readFileSync(path.join(root, file), "utf8")]));
  for (const from of ["app/posts.ts", "server.ts"]) expect(waysToFramework(from, texts), from).toEqual([]);
});

test("a way to the framework is seen, and types make none", () => {
  const texts = new Map([
    [
      "app/posts.ts",
      'import { a } from "@/lib/a";\nimport { b } from "./b";\nimport type { R } from "react";',
    ],
    ["app/b.tsx", 'import type { A } from "@/lib/auth";'],
    ["lib/auth/index.ts", 'import { cookies } from "next/headers";'],
    ["lib/a/index.ts", 'export { c } from "./c";\nimport "@/app/b";'],
    ["lib/a/c.ts", 'const d = await import("next/navigation");\nimport { a } from ".";'],
  ]);
  expect(waysToFramework("app/posts.ts", texts)).toEqual([
    "app/posts.ts > lib/a/index.ts > lib/a/c.ts > next/navigation",
  ]);
});

test("nothing is handed out that nobody takes", () => {
  const files = [
    "server.ts",
    "instrumentation.ts",
    ...["app", "bench", "components", "e2e", "lib", "prisma", "scripts"].flatMap((folder) => [
      ...sources(folder),
    ]),
  ];
  const texts = new Map(files.map((file) => [file, fs.readFileSync(path.join(root, file), "utf8")]));
  expect(unusedExports(texts)).toEqual([]);
});

test("what is handed out for nobody is seen, and types and what the framework asks for are not meant", () => {
  const texts = new Map([
    ["lib/a/index.ts", 'export { b, type T } from "./b";\nexport { c as d, e } from "./b";'],
    [
      "lib/a/b.ts",
      "export const b = 1;\nexport type U = 2;\nexport async function c() {}\nexport class e {}",
    ],
    ["lib/a/own.ts", "export const alone = 1; // used in lib/z\nconst twice = alone;"],
    ["lib/z.ts", 'import { b } from "@/lib/a"; // alone'],
    ["app/page.tsx", 'export const dynamic = "force-dynamic";\nexport default function Page() {}'],
  ]);
  expect(unusedExports(texts)).toEqual(["lib/a/index.ts: d", "lib/a/index.ts: e", "lib/a/own.ts: alone"]);
});

test("every form of import is seen", () => {
  const source = `import "a";\nimport b from 'b';\nimport {\n  c,\n} from "../c";\nimport type { D } from "@/lib/d/index";
    export { e } from "./e";\nexport { type E, type F as G } from "./e";\nexport * from "f";\nconst g = await import("g");`;
  expect(importsOf("lib/x/y.ts", source)).toEqual([
    { name: "a", ours: undefined, isType: false },
    { name: "b", ours: undefined, isType: false },
    { name: "../c", ours: "lib/c", isType: false },
    { name: "@/lib/d/index", ours: "lib/d", isType: true },
    { name: "./e", ours: "lib/x/e", isType: false },
    { name: "./e", ours: "lib/x/e", isType: true },
    { name: "f", ours: undefined, isType: false },
    { name: "g", ours: undefined, isType: false },
  ]);
});

// One sample at least for each rule, so that no rule has gone blind.
const bad: [file: string, source: string][] = [
  ["lib/sign-in/utils.ts", ""],
  ["lib/common/index.ts", ""],
  ["components/session-manager.tsx", ""],
  ["lib/limits/rules.ts", `import { headers } from "next/headers";`],
  ["lib/limits/rules.ts", `import { cache } from "react";`],
  ["lib/limits/rules.ts", `import pg from "pg";`],
  ["lib/limits/rules.ts", `import type { Account } from "@/lib/db/generated/client";`],
  ["lib/limits/rules.ts", `import { settings } from "@/lib/kernel/config";`],
  ["lib/limits/rules.ts", `import { find } from "./store";`],
  ["lib/limits/rules.ts", "export const late = (at: number) => at < Date.now();"],
  ["lib/limits/rules.ts", "export const today = () => new Date();"],
  ["lib/methods/phone/rules.ts", "export const any = () => Math.random();"],
  ["lib/methods/phone/rules.ts", `import { randomInt } from "node:crypto";`],
  ["lib/methods/phone/rules.ts", "export const name = process.env.SITE_NAME;"],
  ["lib/sign-in/flow.ts", `import { redirect } from "next/navigation";`],
  ["lib/sign-in/flow.ts", `import { readCookie } from "@/lib/auth";`],
  ["lib/sign-in/flow.ts", `import { words } from "../words";`],
  ["lib/sign-in/answers.ts", `import { words } from "../words";`],
  ["lib/desk/agents.ts", `import { words } from "@/lib/words";`],
  ["lib/recovery/evidence.ts", `import { readCookie } from "@/lib/auth";`],
  ["lib/recovery/evidence.ts", `import { headers } from "next/headers";`],
  ["lib/trusted-devices/flow.ts", "await tx.device.update({ where: { id }, data });"],
  ["lib/sessions/thrown-out.ts", "await tx.$queryRaw`SELECT 1`;"],
  ["lib/proof/told.ts", 'const rows = await query<{ id: string }>(\n  "told_rows", `SELECT 1`, []);'],
  ["lib/proof/told.ts", "await db().session.deleteMany();"],
  ["lib/setup/store.ts", `import { db } from "@/lib/db";`],
  ["lib/sign-in/store/attempts.ts", `import { db } from "@/lib/db";`],
  ["lib/sign-in/rules.ts", `import { findAttempt } from "./store/attempts";`],
  ["lib/sign-in/flow.ts", `import { find } from "@/lib/setup/store";`],
  ["prisma/seed.ts", `import { find } from "../lib/setup/store";`],
  ["prisma/seed.ts", `import { findAttempt } from "../lib/sign-in/store/attempts";`],
  ["lib/setup/begin.ts", `import { begin } from "@/lib/sign-in/flow";`],
  ["app/account/page.tsx", `import { numberForReading } from "@/lib/methods/phone";`],
  ["app/account/page.tsx", `import { db } from "@/lib/db";`],
  ["app/account/security/methods/[id]/trial-page.tsx", `import { query } from "@/lib/db";`],
  ["app/(signed-out)/sign-in/words.ts", `import { query } from "@/lib/db";`],
  ["app/api/health/route.ts", `import { query } from "@/lib/db";`],
  ["components/account/account-shell.tsx", `import { query } from "@/lib/db";`],
  ["app/page.tsx", `import { PrismaClient } from "@prisma/client";`],
  ["app/account/page.tsx", `import { keys } from "@/lib/kernel/keys";`],
  ["app/account/actions.ts", `import { inTransaction } from "@/lib/db";`],
  ["lib/sign-in/ticket.ts", `import NextAuth from "next-auth";`],
  ["app/account/page.tsx", `import { cookies } from "next/headers";`],
  ["app/(signed-out)/sign-in/post.ts", `import { redirect } from "next/navigation";`],
  ["app/posts.ts", `import { readCookie } from "@/lib/auth";`],
  ["lib/kernel/secrets.ts", `import { db } from "@/lib/db";`],
  ["lib/sign-in/flow.ts", `import { go } from "@/app/account/actions";`],
  [
    "app/account/page.tsx",
    'export default function Page() {\n  async function act() {\n    "use server";\n  }\n}',
  ],
  ["app/account/page.tsx", `"use server";\nexport async function act() {}`],
  ["app/account/actions.ts", `"use server";\nexport const act = () => async () => { 'use server'; };`],
  ["components/ui/form.tsx", `"use client";\nimport { begin } from "@/lib/sign-in";`],
  ["components/ui/form.tsx", `// why\n'use client';\nimport fs from "node:fs";`],
];

test.each(bad)("a breach is seen in %s: %s", (file, source) => {
  expect(breachesIn(file, source)).not.toEqual([]);
});

test("every rule has a sample that breaks it", () => {
  const broken = bad.flatMap(([file, source]) => breachesIn(file, source));
  for (const { says } of rules)
    expect(
      broken.some((line) => line.includes(says)),
      says,
    ).toBe(true);
});

test.each([
  [
    "lib/limits/rules.ts",
    `import { minutes } from "@/lib/kernel/durations";\n// Date.now() is for others\nnew Date(now);`,
  ],
  [
    "lib/sign-in/flow.ts",
    `import { begin } from "@/lib/setup";\nimport { findAttempt } from "./store/attempts";`,
  ],
  ["lib/sign-in/store/attempts.ts", `import "server-only";\nimport { db } from "@/lib/db";`],
  ["lib/delivery/texts.ts", `import { words } from "@/lib/words";`],
  ["lib/setup/store.ts", `import "server-only";\nawait tx.method.update({ where: { id }, data });`],
  [
    "lib/desk/agents.ts",
    `import { inTransaction, type Transaction } from "@/lib/db";\nimport type { Key } from "@/lib/words";\n// tx.method.update()\nawait insertAgent(tx, ask ?? query);`,
  ],
  [
    "app/account/page.tsx",
    `import { words } from "@/lib/words";\nimport { requireSession } from "@/lib/auth";`,
  ],
  [
    "app/account/actions.ts",
    `"use server";\n// no "use server" further down\nexport async function act() {}`,
  ],
  [
    "components/ui/form.tsx",
    `"use client";\nimport { words } from "@/lib/words";\nimport type { A } from "@/lib/sign-in";`,
  ],
])("what is allowed in %s is let be: %s", (file, source) => {
  expect(breachesIn(file, source)).toEqual([]);
});
