/** `npm run picture`: sets up as the tests do and draws docs/flow.png from the screens (e2e/flow-picture.ts). */
import { spawn } from "node:child_process";
import path from "node:path";
import { findChromium } from "./chromium.mjs";
import { root, setUpOrExit } from "./setup.mjs";

await setUpOrExit({ withTools: true });
const chromium = await findChromium(console.log);
const cli = path.join(root, "node_modules", "@playwright", "test", "cli.js");
const child = spawn(process.execPath, [cli, "test", "--project=picture", "--retries=0"], {
  cwd: root,
  stdio: "inherit",
  env: { ...process.env, LATCHKEY_PICTURE: "yes", CHROMIUM_PATH: chromium },
});
child.on("close", (code) => {
  process.exitCode = code ?? 1;
});
