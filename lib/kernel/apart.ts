import { spawn } from "node:child_process";
import { SettingsError } from "./config";

/**
 * Runs a script of ours in a process of its own, and resolves with the lines that it printed. What it sends meanwhile is
 * what it is about to do: `say` gets it at once.
 *
 * @throws SettingsError with what it complained of; when it ended otherwise, or without a word, with `what` and how.
 */
export async function runApart(
  script: string,
  { env, say, what }: { env: NodeJS.ProcessEnv; say: (line: string) => void; what: string },
): Promise<string[]> {
  const child = spawn(process.execPath, [script], { env, stdio: ["ignore", "pipe", "pipe", "ipc"] });
  let said = "";
  let complained = "";
  child.stdout?.on("data", (chunk) => {
    said += chunk;
  });
  child.stderr?.on("data", (chunk) => {
    complained += chunk;
  });
  child.on("message", (line) => say(String(line)));
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) =>
    child.on("error", reject).on("close", (...end) => resolve(end)),
  );
  const words = complained.trim();
  if (code === 1 && words !== "") throw new SettingsError([words]);
  if (code !== 0)
    throw new SettingsError([
      ...(words === "" ? [] : [words]),
      `${what} was broken off (${signal ?? `exit code ${code}`}). Start again; if it happens again, look whether this machine has memory left.`,
    ]);
  return said.split("\n").filter((line) => line.trim() !== "");
}
