/**
 * `npm test [-- lint|types|rules|flows|browser …]`: sets up as a start does, runs every suite even when an earlier one
 * failed, and ends with one line over all of them.
 */
import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { findChromium } from "./chromium.mjs";
import { endingsOfPlaywright, endingsOfVitest } from "./results.mjs";
import { root, SetupError, setUp } from "./setup.mjs";

const SUITE_MS = 30 * 60_000; // a suite that hangs is a failure, not a night
const say = (line) => console.log(line);
const bin = (...parts) => path.join(root, "node_modules", ...parts);
const results = fs.mkdtempSync(path.join(os.tmpdir(), "latchkey-results-"));

/** Runs a program with its output shown; resolves with its exit code, and with 1 when it takes too long. */
function run(args, env = {}) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, {
      cwd: root,
      stdio: "inherit",
      env: { ...process.env, ...env },
    });
    const late = setTimeout(() => child.kill("SIGKILL"), SUITE_MS);
    child.on("close", (code) => {
      clearTimeout(late);
      resolve(code ?? 1);
    });
  });
}

function readResult(file) {
  try {
    return JSON.parse(fs.readFileSync(file, "utf8"));
  } catch {
    return undefined; // it did not get as far as writing one
  }
}

/** What the end of the output names: the tests that failed, and those that passed at their second try. */
const failures = [];
const secondTries = [];
const keep = ({ failed, secondTries: again }) => {
  failures.push(...failed.map((name) => name.replace(root, ".")));
  secondTries.push(...again.map((name) => name.replace(root, ".")));
};

const asOneTest = (code) => (code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 });

/** What a suite counts for: never a pass when its program failed, nothing counted when nothing ran. */
function counted(passed, failed, code) {
  if (failed === 0 && (code !== 0 || passed === 0)) return { passed, failed: 1 };
  return { passed, failed };
}

/** Runs the tests of one project; each that fails gets a second try where `retry` says so. */
async function vitest(project, name, env = {}, retry = 0) {
  const file = path.join(results, `${name}.json`);
  const code = await run(
    [
      bin("vitest", "vitest.mjs"),
      "run",
      `--project=${project}`,
      `--retry=${retry}`,
      "--reporter=default",
      "--reporter=json",
      `--outputFile.json=${file}`,
    ],
    { NODE_ENV: "test", ...env },
  );
  const result = readResult(file);
  keep(endingsOfVitest(result));
  return counted(result?.numPassedTests ?? 0, result?.numFailedTests ?? 0, code);
}

/** The flows on a PostgreSQL of somebody else's over TCP: the one that is named, else one started for this. */
async function flowsOutside() {
  const env = process.env.LATCHKEY_TEST_DATABASE_URL ? {} : { LATCHKEY_TEST_DATABASE: "tcp" };
  return vitest("flows", "flows-outside", env, 1);
}

async function browser() {
  const chromium = await findChromium(say);
  if (!chromium) {
    say("There is no Chromium, and none could be installed. Set CHROMIUM_PATH to one.");
    return { passed: 0, failed: 1 };
  }
  const file = path.join(results, "browser.json");
  const code = await run([bin("@playwright", "test", "cli.js"), "test"], {
    CHROMIUM_PATH: chromium,
    PLAYWRIGHT_JSON_OUTPUT_NAME: file,
  });
  const result = readResult(file);
  const { expected = 0, unexpected = 0, flaky = 0 } = result?.stats ?? {};
  keep(endingsOfPlaywright(result));
  return counted(expected + flaky, unexpected, code);
}

const suites = [
  {
    part: "lint",
    name: "Lint",
    go: async () => asOneTest(await run([bin("@biomejs", "biome", "bin", "biome"), "check"])),
  },
  {
    part: "types",
    name: "Types",
    go: async () =>
      asOneTest(await run([bin("typescript", "bin", "tsc"), "--noEmit", "--incremental", "false"])),
  },
  { part: "rules", name: "Rules", go: () => vitest("rules", "rules") },
  {
    part: "flows",
    name: "Flows, on the embedded PostgreSQL",
    go: () => vitest("flows", "flows", { LATCHKEY_TEST_DATABASE_URL: "" }, 1),
  },
  { part: "flows", name: "Flows, on an outside PostgreSQL over TCP", go: flowsOutside },
  { part: "browser", name: "Browser journeys", go: browser },
];

const asked = process.argv.slice(2);
const unknown = asked.find((part) => !suites.some((suite) => suite.part === part));
if (unknown) {
  console.error(
    `There is no part "${unknown}". The parts are: ${[...new Set(suites.map(({ part }) => part))].join(", ")}.`,
  );
  process.exit(1);
}

try {
  await setUp({ withTools: true });
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(error.message);
  say("0 passed, 1 failed");
  process.exit(1);
}

const total = { passed: 0, failed: 0 };
const lines = [];
for (const { part, name, go } of suites) {
  if (asked.length > 0 && !asked.includes(part)) continue;
  say(`\n${name}…`);
  const startedAt = Date.now();
  const { passed, failed } = await go();
  total.passed += passed;
  total.failed += failed;
  lines.push(
    `${name}: ${passed} passed, ${failed} failed (${Math.round((Date.now() - startedAt) / 1000)} s)`,
  );
}
fs.rmSync(results, { recursive: true, force: true });
const listed = (heading, names) =>
  names.length > 0 ? say(`\n${heading}:\n  ${names.join("\n  ")}`) : undefined;
listed("Passed at the second try, which is a fault to look for", secondTries);
listed("Failed", failures);
say(`\n${lines.join("\n")}\n`);
say(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
