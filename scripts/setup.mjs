/**
 * What has to be there before the site runs: packages, the database client, the build. Each is made only when it is
 * missing or older than what it is made from. Plain Node without packages, because the packages may not be there.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs";
import { isBuiltin } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { withLock } from "./lock.mjs";

export const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const at = (...parts) => path.join(root, ...parts);
const say = (line) => console.log(line);

/** Something the person at the keyboard can mend: printed without a stack. */
export class SetupError extends Error {}

/** The words for a Node.js that is too old, or undefined. */
export function nodeProblem(version) {
  const [major = 0, minor = 0] = version.replace(/^v/, "").split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return undefined;
  return `This needs Node.js 20.19 or newer, and this is ${version}. Install a newer one from https://nodejs.org and start again.`;
}

/** Runs a program to its end, without its output unless it fails. */
function run(command, args, { env = {}, what }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      shell: process.platform === "win32" && command === "npm",
    });
    let output = "";
    const listen = (chunk) => {
      output = (output + chunk).slice(-8_000);
    };
    child.stdout.on("data", listen);
    child.stderr.on("data", listen);
    child.on("error", (error) => reject(new SetupError(`${what} failed: ${error.message}`)));
    child.on("close", (code, signal) => {
      if (code === 0) resolve();
      else
        reject(new SetupError(`${output.trimEnd()}\n\n${what} failed (${signal ?? `exit code ${code}`}).`));
    });
  });
}

// ------------------------------------------------------------------------------------------------------- packages

const readJson = (file) => {
  try {
    return JSON.parse(fs.readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
};

const fits = (list, value) =>
  list.includes(value) || (list.every((name) => name.startsWith("!")) && !list.includes(`!${value}`));

/**
 * Whether node_modules is what package-lock.json says. npm writes its own list there when an install is whole, so an
 * install that was broken off has none. `withTools` also asks for what only the tests need.
 */
export function arePackagesCurrent(wanted, installed, { withTools }) {
  if (!wanted || !installed) return false;
  for (const [name, entry] of Object.entries(wanted.packages)) {
    if (name === "" || entry.link) continue;
    const there = installed.packages[name];
    if (there) {
      if (there.version !== entry.version || there.integrity !== entry.integrity) return false;
      continue;
    }
    if (entry.dev && !withTools) continue;
    // Of the optional ones, only those that name this system and no kind of C library are certain to belong here.
    const belongsHere =
      entry.os &&
      entry.cpu &&
      !entry.libc &&
      fits(entry.os, process.platform) &&
      fits(entry.cpu, process.arch);
    if (entry.optional && !belongsHere) continue;
    return false;
  }
  return true;
}

async function install({ withTools }) {
  const wanted = readJson(at("package-lock.json"));
  const installed = readJson(at("node_modules", ".package-lock.json"));
  if (arePackagesCurrent(wanted, installed, { withTools })) return;
  say("Installing packages (first time: about a minute)…");
  const npm = process.env.npm_execpath;
  const [command, before] = npm?.endsWith(".js") ? [process.execPath, [npm]] : ["npm", []];
  await run(command, [...before, "ci", "--include=dev", "--no-audit", "--no-fund", "--loglevel=error"], {
    what: "Installing packages",
  });
}

// --------------------------------------------------------------------------------------------------------- client

/** One hash over the names and contents of files in `folder`. */
const hashOf = (folder, files) => {
  const hash = createHash("sha256");
  for (const file of files)
    hash
      .update(`${file}\0`)
      .update(fs.readFileSync(path.join(folder, file)))
      .update("\0");
  return hash.digest("hex");
};

const isStamped = (stamp, value) => {
  try {
    return fs.readFileSync(stamp, "utf8") === value;
  } catch {
    return false;
  }
};

async function generateClient() {
  const stamp = at("lib", "db", "generated", ".made-from");
  const value = hashOf(root, ["prisma/schema.prisma", "prisma.config.ts", "package-lock.json"]);
  if (isStamped(stamp, value)) return;
  say("Making the database client…");
  // This command never uses the engine that it wants to download first; any file that exists keeps it from trying.
  await run(process.execPath, [at("node_modules", "prisma", "build", "index.js"), "generate"], {
    env: {
      PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
      PRISMA_HIDE_UPDATE_MESSAGE: "1",
      CHECKPOINT_DISABLE: "1",
    },
    what: "Making the database client",
  });
  fs.writeFileSync(stamp, value);
}

// ---------------------------------------------------------------------------------------------------------- build

const SOURCES = ["app", "components", "lib", "prisma"];
// What the bundle of the server has of them, and the options of both builds.
const SCRIPTS = ["scripts/people.ts", "scripts/port.mjs", "scripts/setup.mjs"];
const IN_ROOT = /\.(?:ts|js|mjs|cjs|json|css)$/;
// What no build reads, and what the framework writes while it builds.
const NO_SOURCES = /^(?:biome\.json|(?:playwright|vitest)\.config\.ts|next-env\.d\.ts)$/;
// What a build leaves, of each of its steps; the framework writes this file of its own late.
const BUILT = ["public/enhance", ".next/BUILD_ID", "build/server.mjs", "build/people.mjs"];

/** Tests, and what only they load: the site is built without either (scripts/layers.ts, lib/auth/sessions-audit.test.ts). */
const IS_OF_TESTS = /\.test\.tsx?$|^test-/;

function* sourceFiles(root, folder) {
  for (const entry of fs.readdirSync(path.join(root, folder), { withFileTypes: true })) {
    const file = path.posix.join(folder, entry.name);
    if (file === "lib/db/generated") continue;
    if (entry.isDirectory()) yield* sourceFiles(root, file);
    else if (!IS_OF_TESTS.test(entry.name)) yield file;
  }
}

/** Everything that the build of the project in `folder` is made from. */
export function sourcesOf(folder = root) {
  const nested = SOURCES.filter((name) => fs.existsSync(path.join(folder, name)));
  const single = fs.readdirSync(folder).filter((name) => IN_ROOT.test(name) && !NO_SOURCES.test(name));
  return [...SCRIPTS, ...single.sort(), ...nested.flatMap((name) => [...sourceFiles(folder, name)]).sort()];
}

/** Whether a build of the project in `folder` is there, is whole, and was made from `value`. */
export const isBuilt = (folder, value) =>
  isStamped(path.join(folder, "build", "made-from"), value) &&
  BUILT.every((file) => fs.existsSync(path.join(folder, file)));

/** One hash over the names and contents of everything that the build of the project in `folder` is made from. */
export const sourceHash = (folder = root) => hashOf(folder, sourcesOf(folder));

const SETTINGS = new Set([
  "PORT",
  "LISTEN_ADDRESS",
  "SITE_URL",
  "SITE_NAME",
  "DATA_DIR",
  "DATABASE_URL",
  "SECRET_KEYS",
  "TRUSTED_PROXIES",
  "GEO_DATABASE",
  "SECURITY_CONTACT",
  "REQUIRE_TWO_STEP",
  "DESK_OWNER",
  "DEMONSTRATION_PEOPLE",
  "COUNTRIES_OFF",
  "COUNTRIES_ONLY",
  "OWNER_EMAIL",
  "HEALTH_TOKEN",
]);
const SETTING_GROUPS = /^(SMS|VOICE|EMAIL)_PROVIDER$|^(TWILIO|HTTP_(TEXT|VOICE|EMAIL|CALLBACK)|SMTP)_/;

/** Whether this names a setting of the site. The build must be the same whatever they are, so it sees none of them. */
export const isSetting = (name) => SETTINGS.has(name) || SETTING_GROUPS.test(name);

async function build() {
  const stamp = at("build", "made-from");
  const value = sourceHash();
  if (isBuilt(root, value)) return;
  say("Building the site…");
  fs.mkdirSync(at("build"), { recursive: true });
  fs.rmSync(stamp, { force: true });
  const env = { NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1" };
  for (const name of Object.keys(process.env).filter(isSetting)) env[name] = undefined;
  await buildModules();
  await run(process.execPath, [at("node_modules", "next", "dist", "bin", "next"), "build"], {
    env,
    what: "Building the site",
  });
  await bundleServer();
  fs.writeFileSync(stamp, value);
}

/** Our few browser modules, each bundled into one small file: what the pages ask for by name. */
async function buildModules() {
  const esbuild = await import("esbuild");
  const folder = at("components", "enhance");
  await esbuild.build({
    absWorkingDir: root,
    entryPoints: fs
      .readdirSync(folder)
      .filter((name) => name.endsWith(".ts"))
      .map((name) => path.join(folder, name)),
    outdir: "public/enhance",
    bundle: true,
    format: "esm",
    target: "es2022",
    minify: true,
    logLevel: "silent",
  });
}

/** Whether Node would import this package as CommonJS. */
function isCommonJs(name) {
  if (name.startsWith("node:") || name.startsWith("@/") || isBuiltin(name) || name === "server-only")
    return false;
  const file = fileURLToPath(import.meta.resolve(name));
  if (/\.[cm]js$/.test(file)) return file.endsWith(".cjs");
  for (let folder = path.dirname(file); folder !== root; folder = path.dirname(folder)) {
    const list = path.join(folder, "package.json");
    if (fs.existsSync(list)) return JSON.parse(fs.readFileSync(list, "utf8")).type !== "module";
  }
  return false;
}

/**
 * Bundles the server into `folder`, and leaves nothing of earlier builds there. A site that runs from those has loaded
 * all of their parts at its start: none is imported later.
 */
export async function bundleServer(folder = at("build")) {
  const esbuild = await import("esbuild");
  const { metafile } = await esbuild.build({
    absWorkingDir: root,
    entryPoints: { server: "server.ts", people: "scripts/people.ts" },
    outdir: folder,
    metafile: true,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true, // what only the first start needs is loaded only there
    platform: "node",
    format: "esm",
    target: "node20",
    packages: "external",
    sourcemap: "linked",
    logLevel: "silent",
    banner: {
      js: 'import { createRequire as requireFrom } from "node:module";\nconst require = requireFrom(import.meta.url);',
    },
    plugins: [
      {
        // Before an `import` of CommonJS runs, Node reads all of it for the names that it may export. Of the database
        // client that takes a tenth of a second, and 20 MB that are never given back. `require` reads nothing twice.
        name: "required packages",
        setup(builder) {
          builder.onResolve({ filter: /^[^./]/, namespace: "file" }, ({ path: name, kind }) =>
            kind === "import-statement" && isCommonJs(name)
              ? { path: name, namespace: "required" }
              : undefined,
          );
          builder.onResolve({ filter: /.*/, namespace: "required" }, () => ({ external: true }));
          builder.onLoad({ filter: /.*/, namespace: "required" }, ({ path: name }) => ({
            contents: `module.exports = require(${JSON.stringify(name)});`,
          }));
        },
      },
      {
        name: "ours",
        setup(builder) {
          // Packages stay outside the bundle; "@/" is the root of this repository, and no package.
          builder.onResolve({ filter: /^@\// }, ({ path: name, kind, resolveDir }) =>
            builder.resolve(`./${name.slice(2)}`, { kind, resolveDir: resolveDir && root }),
          );
          // There is no client half of this bundle that "server-only" could guard against.
          builder.onResolve({ filter: /^server-only$/ }, () => ({ path: "server-only", namespace: "empty" }));
          builder.onLoad({ filter: /.*/, namespace: "empty" }, () => ({ contents: "" }));
        },
      },
    ],
  });
  await esbuild.stop(); // its service would live as long as the site
  const own = new Set(Object.keys(metafile.outputs).map((file) => path.basename(file)));
  for (const name of fs.readdirSync(folder))
    if (!own.has(name)) fs.rmSync(path.join(folder, name), { recursive: true, force: true });
}

/**
 * Makes everything that is missing or old, and says what it is doing. Two that start at once make it once.
 * `withTools`: also what the tests need. `withBuild: false`: all but the build.
 */
export async function setUp({ withTools = false, withBuild = true } = {}) {
  const problem = nodeProblem(process.version);
  if (problem) throw new SetupError(problem);
  process.chdir(root);
  await withLock(
    at(".cache", "setup.lock"),
    async () => {
      await install({ withTools });
      await generateClient();
      if (withBuild) await build();
    },
    () => say("Waiting for another start that is building…"),
  );
}

/** The same for a command that does nothing else where it fails: it says why and ends. */
export async function setUpOrExit(what) {
  try {
    await setUp(what);
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(error.message);
    process.exit(1);
  }
}
