/** A lock between processes: a file with the number of the process that holds it. */
import fs from "node:fs";
import path from "node:path";

const WAIT_MS = 500;
const TOUCH_MS = 2_000;
const SILENT_MS = 15_000;

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

/**
 * Whether somebody holds the lock: a live process that has touched the file lately. The number alone would not do,
 * because in a container every start has the same one.
 */
function isHeld(file) {
  try {
    if (Date.now() - fs.statSync(file).mtimeMs > SILENT_MS) return false;
    const pid = Number(fs.readFileSync(file, "utf8"));
    return pid === 0 || isAlive(pid); // without a number it is being written just now
  } catch {
    return false;
  }
}

/**
 * Runs `work` while no other process does the same under this `file`. Waits for one that does, after one call of
 * `onWait`; a lock whose process is dead is broken.
 */
export async function withLock(file, work, onWait) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  let hasWaited = false;
  for (;;) {
    try {
      fs.writeFileSync(file, String(process.pid), { flag: "wx" });
      break;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
    if (!isHeld(file)) {
      fs.rmSync(file, { force: true });
      continue;
    }
    if (!hasWaited) onWait?.();
    hasWaited = true;
    await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
  }
  const touch = setInterval(() => fs.utimes(file, new Date(), new Date(), () => {}), TOUCH_MS);
  try {
    return await work();
  } finally {
    clearInterval(touch);
    fs.rmSync(file, { force: true });
  }
}
