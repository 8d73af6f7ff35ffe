import { register } from "node:module";
import { defineConfig } from "@playwright/test";

register("./e2e/fixtures/as-the-bundler.mjs", import.meta.url);

const isRoot = process.getuid?.() === 0;
const launchOptions = {
  executablePath: process.env.CHROMIUM_PATH || undefined,
  args: [
    ...(isRoot ? ["--no-sandbox"] : []), // Chromium refuses to make a sandbox for root
    // A browser that calls home would make the journeys depend on the network.
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
  ],
};

export default defineConfig({
  testDir: "e2e",
  globalSetup: "./e2e/fixtures/start-shared-site.ts",
  outputDir: "test-results",
  workers: 2,
  retries: 1, // so that a run goes on to its end; `npm test` names every journey that needed its second try
  timeout: 90_000,
  expect: { timeout: 10_000 }, // two workers, their browsers, sites and databases share what cores there are
  fullyParallel: false,
  forbidOnly: true,
  reporter: [
    ["list"],
    ["json", { outputFile: process.env.PLAYWRIGHT_JSON_OUTPUT_NAME ?? "test-results/results.json" }],
  ],
  use: {
    // Set by the global setup; the workers read this file after it.
    baseURL: process.env.LATCHKEY_SITE ? JSON.parse(process.env.LATCHKEY_SITE).baseUrl : undefined,
    browserName: "chromium",
    launchOptions,
    locale: "en-GB",
    contextOptions: { reducedMotion: "reduce" }, // what moves between two pages would only be waited for
    screenshot: "only-on-failure",
    trace: "off",
  },
  projects: [
    // `npm run picture`; never among the tests.
    ...(process.env.LATCHKEY_PICTURE ? [{ name: "picture", testMatch: ["flow-picture.ts"] }] : []),
    {
      name: "desktop",
      testIgnore: ["**/attacks/**"],
      use: { viewport: { width: 1280, height: 800 } },
    },
    // Over HTTP, without a browser; one worker, because all attacks share two sites and their database. Not last, so that
    // the other worker is never left without work beside them.
    { name: "attacks", testMatch: ["**/attacks/**"], workers: 1 },
    {
      name: "phone",
      // What no screen size changes runs once.
      testIgnore: [
        "**/attacks/**",
        // The same screens as in sign-in.spec.ts, and minutes of waiting for a slow carrier.
        "**/delivery.spec.ts",
        // The forms of sign-in.spec.ts and settings.spec.ts with another button; `at` looks at them at 320 px anyway.
        "**/passkeys.spec.ts",
        "**/doctor.spec.ts",
        // The forms of set-up.spec.ts, and a tool without a screen.
        "**/desk.spec.ts",
        "**/recovery.spec.ts",
        // The process and its log, not a screen.
        "**/start.spec.ts",
        "**/two-instances.spec.ts",
        "**/bad-days.spec.ts",
        "**/bad-input.spec.ts",
        "**/losses.spec.ts",
        "**/everything.spec.ts",
        "**/new-number.spec.ts",
        "**/stolen.spec.ts",
        // Words, not sizes; `at` looks at them at 320 px anyway.
        "**/languages.spec.ts",
      ],
      use: { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true },
    },
  ],
});
