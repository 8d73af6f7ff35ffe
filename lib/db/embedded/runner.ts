/** Which user of the system runs PostgreSQL, and files that belong to that user. */
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { EmbeddedDatabaseError } from "./error";
import { programsFolder, type Runner, spawnOptions } from "./programs";

function systemUser(name: string): { name: string; uid: number; gid: number } | undefined {
  let list: string;
  try {
    list = fs.readFileSync("/etc/passwd", "utf8");
  } catch {
    return undefined;
  }
  for (const line of list.split("\n")) {
    const [user, , uid, gid] = line.split(":");
    if (user === name && Number(uid) > 0) return { name, uid: Number(uid), gid: Number(gid) };
  }
  return undefined;
}

/** Asks the system itself, as that user, whether the paths can be reached: modes alone do not tell (ACLs, mounts). */
function canReach(runner: Runner, folder: string): boolean {
  const program = path.join(programsFolder(), "postgres");
  const [command = "sh", ...args] = [
    ...runner.prefix,
    "/bin/sh",
    "-c",
    'test -x "$1" && test -r "$1" && test -w "$2" && test -x "$2"',
    "sh",
    program,
    folder,
  ];
  return spawnSync(command, args, { ...spawnOptions(runner), stdio: "ignore" }).status === 0;
}

/**
 * Chooses who runs PostgreSQL on `folder`, which must exist and belongs to that user afterwards.
 * Refuses a folder that belongs to someone else, and a place that no other user can reach.
 */
export function chooseRunner(folder: string): Runner {
  const me = process.getuid?.();
  const owner = fs.statSync(folder);
  if (me === undefined) return { prefix: [] };
  if (me !== 0) {
    if (owner.uid === me) return { prefix: [] };
    throw new EmbeddedDatabaseError(
      `${folder} belongs to another user (uid ${owner.uid}), who started this site before. Start it as that user again, or give the folder to yourself (chown -R), or set DATA_DIR to another folder.`,
    );
  }
  const user =
    owner.uid === 0 ? (systemUser("postgres") ?? systemUser("nobody")) : { name: "", ...ids(owner) };
  if (!user) {
    throw new EmbeddedDatabaseError(
      'PostgreSQL refuses to run as root, and there is no user "postgres" or "nobody" to run it as. Start the site as a normal user.',
    );
  }
  if (owner.uid === 0) fs.chownSync(folder, user.uid, user.gid);
  const plain: Runner = { uid: user.uid, gid: user.gid, prefix: [] };
  if (canReach(plain, folder)) return plain;
  // Some parent folder is closed to that user. He gets the one right to pass through, and no other right of root.
  const passing: Runner = {
    ...plain,
    prefix: [
      "setpriv",
      `--reuid=${user.uid}`,
      `--regid=${user.gid}`,
      "--clear-groups",
      "--securebits=+no_setuid_fixup",
      "--inh-caps=+dac_override",
      "--ambient-caps=+dac_override",
      "--",
    ],
  };
  if (canReach(passing, folder)) return passing;
  throw new EmbeddedDatabaseError(
    `PostgreSQL refuses to run as root, and the user it would run as (uid ${user.uid}) cannot reach ${folder}. Start the site as a normal user, or set DATA_DIR to a folder that everybody may pass through, such as /var/lib/latchkey.`,
  );
}

function ids(stat: fs.Stats): { uid: number; gid: number } {
  return { uid: stat.uid, gid: stat.gid };
}

/** Writes a file that belongs to the user who runs PostgreSQL. */
export function writeOwned(runner: Runner, file: string, text: string): void {
  const fresh = `${file}.${process.pid}`;
  fs.writeFileSync(fresh, text, { mode: 0o600 });
  if (runner.uid !== undefined) fs.chownSync(fresh, runner.uid, runner.gid ?? runner.uid);
  fs.renameSync(fresh, file);
}
