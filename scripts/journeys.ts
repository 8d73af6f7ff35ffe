/**
 * Draws docs/journeys.md from the tables of steps, so that the picture is never older than the code:
 * `npx tsx scripts/journeys.ts`. A test fails when it is.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join, posix } from "node:path";
import { pathToFileURL } from "node:url";
import { type StepName, settingsPath, steps } from "@/lib/setup/rules";
import { words } from "@/lib/words";

const names = Object.keys(steps).reverse() as StepName[];
const nodeOf = (name: string): string => name.replace("-", "_");

const root = join(import.meta.dirname, "..");

/** The file of a page, and the one beside it that several pages share, where it is no more than a name for that. */
function filesOf(address: string): string {
  const file = `app${address}/page.tsx`;
  const shared = /from "(\.{1,2}\/[\w/-]+-page)"/.exec(readFileSync(join(root, file), "utf8"))?.[1];
  const files = shared === undefined ? [file] : [file, `${posix.join(`app${address}`, shared)}.tsx`];
  return files.map((name) => `\`${name}\``).join(", ");
}

/** The text of docs/journeys.md. */
export function journeys(): string {
  const t = words("setup");
  const nodes = names.map((name) => `  ${nodeOf(name)}["${t(steps[name].heading)}"]`);
  const ways = names.flatMap((name) =>
    steps[name].leadsTo.map(({ by, to }) => `  ${nodeOf(name)} -->|"${t(by)}"| ${nodeOf(to)}`),
  );
  const rows = names.map((name) => {
    const step = steps[name];
    const acts = step.leadsTo.map(({ by, to }) => `“${t(by)}” → ${to}`).join("; ");
    const count = "count" in step ? `${step.count} of 3` : "";
    return `| ${name} | \`${step.path}\` | ${t(step.heading)} | ${count} | ${acts} | ${filesOf(step.path)} |`;
  });
  return `${[
    "# Journeys",
    "",
    "Drawn from `lib/setup/rules.ts` by `scripts/journeys.ts`; do not edit it by hand.",
    "",
    "## Setting up Two-Step Verification",
    "",
    "Nothing is on before the last button. A page out of order leads to the step where the set-up stands.",
    "",
    "```mermaid",
    "flowchart TD",
    `  settings["${t("explain.heading")}"]`,
    ...nodes,
    `  settings -->|"${t("explain.begin")}"| choose`,
    ...ways,
    "```",
    "",
    "| step | page | heading | step shown | what leads on | file |",
    "|---|---|---|---|---|---|",
    `| settings | \`${settingsPath}\` | ${t("explain.heading")} | | “${t("explain.begin")}” → choose | ${filesOf(settingsPath)} |`,
    ...rows,
  ].join("\n")}\n`;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  writeFileSync(join(root, "docs", "journeys.md"), journeys());
