/**
 * Draws docs/journeys.md from the tables of steps, so that the picture is never older than the code:
 * `npx tsx scripts/journeys.ts`. A test fails when it is.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type StepName, settingsPath, steps } from "@/lib/setup/rules";
import { words } from "@/lib/words";

const names = Object.keys(steps).reverse() as StepName[];
const nodeOf = (name: string): string => name.replace("-", "_");

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
    return `| ${name} | \`${step.path}\` | ${t(step.heading)} | ${count} | ${acts} |`;
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
    "| step | page | heading | step shown | what leads on |",
    "|---|---|---|---|---|",
    `| settings | \`${settingsPath}\` | ${t("explain.heading")} | | “${t("explain.begin")}” → choose |`,
    ...rows,
  ].join("\n")}\n`;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  writeFileSync(join(import.meta.dirname, "..", "docs", "journeys.md"), journeys());
