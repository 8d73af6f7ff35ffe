import { execFile, spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { settingNames } from "@/lib/kernel/config";

const root = path.dirname(import.meta.dirname);
const lock = JSON.parse(fs.readFileSync(path.join(root, "package-lock.json"), "utf8"));

/** A new, empty folder, which goes with the test. */
function newFolder(name: string): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), `latchkey-${name}-`));
  onTestFinished(() => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs a piece of plain JavaScript against the scripts, as `npm start` would: without TypeScript, without packages. */
async function evaluate(code: string): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", code], {
    cwd: root,
  });
  return stdout.trim();
}

test("the lock file has every optional package of every system, or npm ci would refuse it elsewhere", () => {
  const missing = Object.entries<{ optionalDependencies?: Record<string, string> }>(lock.packages).flatMap(
    ([name, entry]) =>
      Object.keys(entry.optionalDependencies ?? {}).filter(
        (needed) =>
          !lock.packages[`node_modules/${needed}`] && !lock.packages[`${name}/node_modules/${needed}`],
      ),
  );
  expect(missing).toEqual([]);
});

test("the versions that package.json asks for are exact", () => {
  const { dependencies, devDependencies } = JSON.parse(
    fs.readFileSync(path.join(root, "package.json"), "utf8"),
  );
  for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
    expect(version, name).toMatch(/^\d+\.\d+\.\d+(-[\w.]+)?$/);
  }
});

test.each([
  ["v18.20.0", true],
  ["v20.18.3", true],
  ["v20.19.0", false],
  ["v22.1.0", false],
])("Node.js %s is refused: %s", async (version, isRefused) => {
  const words = await evaluate(
    `import { nodeProblem } from "./scripts/setup.mjs"; console.log(nodeProblem("${version}") ?? "")`,
  );
  expect(words !== "").toBe(isRefused);
  if (isRefused) expect(words).toContain(version);
});

test("packages are installed again when one is missing, old or of another system, and not otherwise", async () => {
  const code = `
    import { arePackagesCurrent } from "./scripts/setup.mjs";
    const entry = { version: "1.0.0", integrity: "a" };
    const here = { ...entry, optional: true, os: [process.platform], cpu: [process.arch] };
    const wanted = { packages: {
      "": {}, "node_modules/a": entry, "node_modules/tool": { ...entry, dev: true }, "node_modules/here": here,
      "node_modules/there": { ...here, os: ["plan9"] }, "node_modules/wasm": { ...entry, optional: true } } };
    const with_ = (...names) => ({ packages: Object.fromEntries(names.map((name) => ["node_modules/" + name, entry])) });
    const old = { packages: { ...with_("a", "tool", "here").packages, "node_modules/a": { version: "0.9.0", integrity: "a" } } };
    const site = { withTools: false }, tests = { withTools: true };
    console.log(JSON.stringify([
      arePackagesCurrent(wanted, with_("a", "tool", "here"), tests),
      arePackagesCurrent(wanted, with_("a", "here"), site),
      arePackagesCurrent(wanted, with_("a", "here"), tests),
      arePackagesCurrent(wanted, with_("a", "tool"), site),
      arePackagesCurrent(wanted, with_("tool", "here"), site),
      arePackagesCurrent(wanted, old, site),
      arePackagesCurrent(wanted, undefined, site),
    ]))`;
  expect(JSON.parse(await evaluate(code))).toEqual([true, true, false, false, false, false, false]);
});

const underLock = (file: string, ms: number) => `
  import { withLock } from "./scripts/lock.mjs";
  await withLock(${JSON.stringify(file)}, async () => {
    const from = Date.now();
    await new Promise((resolve) => setTimeout(resolve, ${ms}));
    console.log(from + " " + Date.now());
  });`;

test("two that set up at once do it one after the other", async () => {
  const file = path.join(newFolder("lock"), "lock");
  const [one = [], two = []] = (
    await Promise.all([evaluate(underLock(file, 300)), evaluate(underLock(file, 300))])
  ).map((line) => line.split(" ").map(Number));
  const [first, second] = (one[0] ?? 0) < (two[0] ?? 0) ? [one, two] : [two, one];
  expect(second[0]).toBeGreaterThanOrEqual(first[1] ?? Number.POSITIVE_INFINITY);
  expect(fs.existsSync(file)).toBe(false);
}, 20_000);

test("the lock of a process that was killed keeps nobody waiting", async () => {
  const file = path.join(newFolder("lock"), "lock");
  const holder = spawn(process.execPath, ["--input-type=module", "-e", underLock(file, 60_000)], {
    cwd: root,
  });
  onTestFinished(() => void holder.kill("SIGKILL"));
  await expect
    .poll(() => fs.existsSync(file) && fs.readFileSync(file, "utf8"), { timeout: 5_000 })
    .not.toBe("");
  await expect.poll(() => fs.existsSync(file), { timeout: 5_000 }).toBe(true);
  holder.kill("SIGKILL");
  await new Promise((resolve) => holder.once("close", resolve));
  const startedAt = Date.now();
  await evaluate(underLock(file, 0));
  expect(Date.now() - startedAt).toBeLessThan(5_000);
}, 20_000);

test.each(["start", "build", "test", "bench"])(
  "npm run %s begins with what a clone has: the set-up, and nothing of a package before it",
  (command) => {
    const { scripts } = JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8"));
    const first = /^node (?:--[\w-]+=\d+ )*(scripts\/\w+\.mjs)$/.exec(scripts[command])?.[1] ?? "";
    const files = new Set([first]);
    for (const file of files)
      for (const [, name = ""] of fs
        .readFileSync(path.join(root, file), "utf8")
        .matchAll(/(?:^import|\bfrom) "([^"]+)";$/gm))
        if (name.startsWith("./")) files.add(path.posix.join(path.posix.dirname(file), name));
        else expect(name, file).toMatch(/^node:/);
    expect([...files]).toContain("scripts/setup.mjs");
  },
);

test("the build sees none of the settings, so that it is the same for all of them", async () => {
  expect(settingNames.length).toBeGreaterThan(20);
  const code = `import { isSetting } from "./scripts/setup.mjs"; console.log(${JSON.stringify(settingNames)}.filter((name) => !isSetting(name)).join())`;
  expect(await evaluate(code)).toBe("");
});

/** A small project in a new folder, with a build that was made from it. */
async function builtProject(): Promise<{ folder: string; isBuilt: () => Promise<boolean> }> {
  const folder = newFolder("project");
  const ask = (what: string) =>
    evaluate(
      `import { isBuilt, sourceHash } from "./scripts/setup.mjs"; const folder = ${JSON.stringify(folder)}; console.log(${what})`,
    );
  for (const file of [
    ...[
      "app/page.tsx",
      "components/enhance/passkey.ts",
      "lib/flow.ts",
      "lib/flow.test.ts",
      "lib/test-account.ts",
      "lib/db/generated/client.ts",
    ],
    ...[
      "prisma/schema.prisma",
      "scripts/people.ts",
      "scripts/port.mjs",
      "scripts/setup.mjs",
      "scripts/desk.ts",
      "README.md",
    ],
    ...[
      "server.ts",
      "instrumentation.ts",
      "next.config.mjs",
      "tsconfig.json",
      "package-lock.json",
      "biome.json",
    ],
    ...["public/enhance/passkey.js", ".next/BUILD_ID", "build/server.mjs", "build/people.mjs"],
  ])
    write(folder, file, "");
  write(folder, "build/made-from", await ask("sourceHash(folder)"));
  return { folder, isBuilt: async () => (await ask("isBuilt(folder, sourceHash(folder))")) === "true" };
}

function write(folder: string, file: string, text: string): void {
  fs.mkdirSync(path.join(folder, path.dirname(file)), { recursive: true });
  fs.writeFileSync(path.join(folder, file), text);
}

test("a second start builds again only when something changed that the build is made from", async () => {
  const { folder, isBuilt } = await builtProject();
  expect(await isBuilt()).toBe(true);
  // What tests, tools and readers have alone, and what is generated.
  for (const file of [
    ...["lib/flow.test.ts", "lib/new.test.ts", "lib/test-account.ts", "lib/test-new.ts"],
    ...["scripts/desk.ts", "README.md", "biome.json", "next-env.d.ts"],
    ...["lib/db/generated/client.ts", "tsconfig.tsbuildinfo"],
  ])
    write(folder, file, "changed");
  expect(await isBuilt()).toBe(true);
  for (const file of [
    ...[
      "app/page.tsx",
      "app/new/page.tsx",
      "components/enhance/passkey.ts",
      "lib/flow.ts",
      "prisma/schema.prisma",
    ],
    ...[
      "server.ts",
      "instrumentation.ts",
      "proxy.ts",
      "next.config.mjs",
      "tsconfig.json",
      "package-lock.json",
    ],
    ...["scripts/people.ts", "scripts/setup.mjs"],
  ]) {
    const before = fs.existsSync(path.join(folder, file)) ? "" : undefined;
    write(folder, file, "changed");
    expect(await isBuilt(), file).toBe(false);
    if (before === undefined) fs.rmSync(path.join(folder, file));
    else write(folder, file, before);
    expect(await isBuilt(), `${file} as it was`).toBe(true);
  }
  fs.rmSync(path.join(folder, "app", "page.tsx"));
  expect(await isBuilt()).toBe(false);
}, 60_000);

test.each([".next", "build", "public", "build/server.mjs", "build/people.mjs", "build/made-from"])(
  "a build that is not whole is made again: without %s",
  async (gone) => {
    const { folder, isBuilt } = await builtProject();
    fs.rmSync(path.join(folder, gone), { recursive: true });
    expect(await isBuilt()).toBe(false);
  },
);

test("a build leaves nothing of the builds before, and loads its own parts at its start, so that a site that runs from the old ones misses none", async () => {
  const folder = newFolder("build");
  for (const name of ["chunk-OLD.mjs", "chunk-OLD.mjs.map", "made-from", "server.mjs"])
    fs.writeFileSync(path.join(folder, name), "");
  await evaluate(
    `import { bundleServer } from "./scripts/setup.mjs"; await bundleServer(${JSON.stringify(folder)})`,
  );
  const parts = fs.readdirSync(folder).filter((name) => name.endsWith(".mjs"));
  const text = (name: string) => fs.readFileSync(path.join(folder, name), "utf8");
  const imported = new Set(["server.mjs", "people.mjs"]);
  for (const name of imported)
    for (const [, part = ""] of text(name).matchAll(/^(?:import|\} from|export .*from)\b.*"\.\/([^"]+)"/gm))
      imported.add(part);
  expect(parts.sort()).toEqual([...imported].sort());
  for (const part of parts) expect(text(part), part).not.toMatch(/\bimport\(\s*["'`]\./);
  expect(
    fs.readdirSync(folder).filter((name) => !/^(server|people|chunk-\w+)\.mjs(\.map)?$/.test(name)),
  ).toEqual([]);
});

test("everything that the server is bundled from counts among its sources, so that a change of it builds again", async () => {
  const folder = newFolder("build");
  await evaluate(
    `import { bundleServer } from "./scripts/setup.mjs"; await bundleServer(${JSON.stringify(folder)})`,
  );
  const maps = fs.readdirSync(folder).filter((name) => name.endsWith(".map"));
  const bundled = maps
    .flatMap(
      (name) =>
        (JSON.parse(fs.readFileSync(path.join(folder, name), "utf8")) as { sources: string[] }).sources,
    )
    .map((source) => path.relative(root, path.resolve(folder, source)))
    // Without the client, which is generated from the schema, and the names of what stays outside.
    .filter((file) => fs.existsSync(path.join(root, file)) && !file.startsWith("lib/db/generated/"));
  expect(bundled).toContain("server.ts");
  const sources = JSON.parse(
    await evaluate(
      'import { sourcesOf } from "./scripts/setup.mjs"; console.log(JSON.stringify(sourcesOf()))',
    ),
  );
  expect(bundled.filter((file) => !sources.includes(file))).toEqual([]);
});
