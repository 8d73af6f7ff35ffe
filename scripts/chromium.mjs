/** Finds a Chromium for the browser journeys: one that is there, else Playwright's, else Debian's package. */
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";

const INSTALL_MS = 4 * 60_000;
// The shell first: the same engine without a window's machinery, so a run takes two thirds of the time.
const NAMES = [
  "chromium-headless-shell",
  "chromium",
  "chromium-browser",
  "google-chrome",
  "google-chrome-stable",
];

function onPath() {
  for (const folder of (process.env.PATH ?? "").split(path.delimiter)) {
    for (const name of NAMES) {
      const file = path.join(folder, name);
      if (fs.existsSync(file)) return file;
    }
  }
  return undefined;
}

/** Where Playwright keeps its own browser; undefined when it has none. */
async function ofPlaywright() {
  const { chromium } = await import("@playwright/test");
  const file = chromium.executablePath();
  return file && fs.existsSync(file) ? file : undefined;
}

function attempt(command, args) {
  return (
    spawnSync(command, args, {
      stdio: "ignore",
      timeout: INSTALL_MS,
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    }).status === 0
  );
}

/** The path of a Chromium, installed when there is none; undefined when that is not possible. `say` gets one line a try. */
export async function findChromium(say) {
  if (process.env.CHROMIUM_PATH) return process.env.CHROMIUM_PATH;
  const found = onPath() ?? (await ofPlaywright());
  if (found) return found;
  say("Installing a browser for the tests (Playwright's)…");
  const cli = path.join("node_modules", "@playwright", "test", "cli.js");
  if (attempt(process.execPath, [cli, "install", "chromium"])) {
    const installed = await ofPlaywright();
    // It may lack system libraries, so it is tried once.
    if (installed && attempt(installed, ["--version"])) return installed;
  }
  if (process.getuid?.() !== 0 || !fs.existsSync("/usr/bin/apt-get")) return undefined;
  say("Installing a browser for the tests (Debian's package)…");
  attempt("apt-get", ["update"]);
  for (const name of ["chromium-headless-shell", "chromium"]) {
    if (attempt("apt-get", ["install", "-y", "--no-install-recommends", name])) break;
  }
  return onPath();
}
