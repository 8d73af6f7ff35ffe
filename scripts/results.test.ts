import { execFile } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
// @ts-expect-error plain JavaScript, as all that `npm test` runs before there are packages
import { endingsOfPlaywright, endingsOfVitest } from "./results.mjs";

const root = path.dirname(import.meta.dirname);

test("a flow that failed is named, a file that does not even load, and a flow that passed at its second try only, by what the test program itself reports", async () => {
  // Below the root, where the packages are found.
  const parent = path.join(root, ".cache");
  fs.mkdirSync(parent, { recursive: true });
  const folder = fs.mkdtempSync(path.join(parent, "results-"));
  onTestFinished(() => fs.rmSync(folder, { recursive: true, force: true }));
  fs.writeFileSync(
    path.join(folder, "some.test.mjs"),
    `import { expect, test } from "vitest";
     let tries = 0;
     test("sound", () => {});
     test("at its second try", () => expect(tries++).toBe(1));
     test("never", () => expect(1).toBe(2));`,
  );
  fs.writeFileSync(path.join(folder, "broken.test.mjs"), `import "./nowhere.mjs";`);
  fs.writeFileSync(path.join(folder, "vitest.config.mjs"), "export default {};"); // else it would take ours
  const report = path.join(folder, "report.json");
  const vitest = path.join(root, "node_modules", "vitest", "vitest.mjs");
  const args = [
    vitest,
    "run",
    "--root",
    folder,
    "--retry=1",
    "--reporter=json",
    `--outputFile.json=${report}`,
  ];
  await expect(promisify(execFile)(process.execPath, args)).rejects.toMatchObject({ code: 1 });
  const { failed, secondTries } = endingsOfVitest(JSON.parse(fs.readFileSync(report, "utf8")));
  expect(failed.sort()).toEqual([
    expect.stringMatching(/broken\.test\.mjs$/),
    expect.stringMatching(/some\.test\.mjs: never$/),
  ]);
  expect(secondTries).toEqual([expect.stringMatching(/some\.test\.mjs: at its second try$/)]);
}, 30_000);

test("a journey that passed at its second try only is named, however deep it stands in the report", () => {
  const spec = (title: string, status: string) => ({
    title,
    file: "a.spec.ts",
    tests: [{ status, projectName: "desktop" }],
  });
  const report = {
    suites: [{ specs: [spec("sound", "expected")], suites: [{ specs: [spec("again", "flaky")] }] }],
    specs: [spec("broken", "unexpected")],
  };
  expect(endingsOfPlaywright(report)).toEqual({
    failed: ["[desktop] a.spec.ts: broken"],
    secondTries: ["[desktop] a.spec.ts: again"],
  });
  expect(endingsOfPlaywright(undefined)).toEqual({ failed: [], secondTries: [] });
});
