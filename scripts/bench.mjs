/** `npm run bench`: sets up as the tests do, then measures; the build that is measured is made by the bench itself. */
import { spawn } from "node:child_process";
import { root, setUpOrExit } from "./setup.mjs";

await setUpOrExit({ withTools: true, withBuild: false });
const child = spawn(
  process.execPath,
  ["--conditions=react-server", "--import", "tsx", "bench/index.ts", ...process.argv.slice(2)],
  { cwd: root, stdio: "inherit" },
);
// The bench takes what it started away with it, so it is the one to end.
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
child.on("close", (code) => {
  process.exitCode = code ?? 1;
});
