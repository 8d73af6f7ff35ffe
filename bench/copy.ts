/**
 * The build that is measured: this project in a temporary folder, with one page more, an empty dynamic one that the
 * settings page is compared with. It is kept for the next run, which builds again only when something changed.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

const root = path.dirname(import.meta.dirname);
const FOLDERS = ["app", "components", "lib", "prisma", "public", "scripts"];
const FILES =
  /^(package(-lock)?\.json|tsconfig\.json|(server|instrumentation|prisma\.config)\.ts|next\.config\.mjs)$/;

/** The path of the empty page in the copy. */
export const EMPTY_PATH = "/bench-empty";
const EMPTY_PAGE = `export const dynamic = "force-dynamic";

export default function EmptyPage() {
  return null;
}
`;

/** A hard link costs nothing; a copy, where the temporary folder is on another disk. */
function link(from: string, to: string): void {
  try {
    fs.linkSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EXDEV") throw error;
    fs.copyFileSync(from, to);
  }
}

function linkFolder(from: string, to: string): void {
  fs.mkdirSync(to, { recursive: true });
  for (const entry of fs.readdirSync(from, { withFileTypes: true })) {
    const source = path.join(from, entry.name);
    const target = path.join(to, entry.name);
    if (entry.isDirectory()) linkFolder(source, target);
    else if (entry.isSymbolicLink()) fs.symlinkSync(fs.readlinkSync(source), target);
    else link(source, target);
  }
}

function copyPackages(folder: string): void {
  const list = path.join("node_modules", ".package-lock.json");
  const wanted = fs.readFileSync(path.join(root, list));
  const there = path.join(folder, list);
  if (fs.existsSync(there) && fs.readFileSync(there).equals(wanted)) return;
  fs.rmSync(path.join(folder, "node_modules"), { recursive: true, force: true });
  linkFolder(path.join(root, "node_modules"), path.join(folder, "node_modules"));
}

function copySources(folder: string): void {
  for (const name of FOLDERS) {
    const from = path.join(root, name);
    const to = path.join(folder, name);
    const isKept = (file: string) =>
      !/\.test\.tsx?$/.test(file) && file !== path.join(root, "lib/db/generated");
    // The generated client stays, with the stamp that says what it was made from.
    for (const entry of fs.existsSync(to) ? fs.readdirSync(to) : [])
      if (name !== "lib" || entry !== "db") fs.rmSync(path.join(to, entry), { recursive: true });
    if (fs.existsSync(from)) fs.cpSync(from, to, { recursive: true, filter: isKept });
  }
  for (const name of fs.readdirSync(root))
    if (FILES.test(name)) fs.copyFileSync(path.join(root, name), path.join(folder, name));
  const page = path.join(folder, "app", EMPTY_PATH, "page.tsx");
  fs.mkdirSync(path.dirname(page), { recursive: true });
  fs.writeFileSync(page, EMPTY_PAGE);
}

/** Makes or renews the copy, builds it as `npm start` would, and returns its folder. Rejects when the build fails. */
export async function builtCopy(): Promise<string> {
  const name = createHash("sha256").update(root).digest("hex").slice(0, 8);
  const folder = path.join(os.tmpdir(), `latchkey-bench-${name}`);
  fs.mkdirSync(folder, { recursive: true, mode: 0o755 });
  copyPackages(folder);
  copySources(folder);
  const child = spawn(
    process.execPath,
    ["-e", 'import("./scripts/setup.mjs").then(({ setUp }) => setUp())'],
    {
      cwd: folder,
      stdio: "inherit",
    },
  );
  const code = await new Promise((resolve) => child.once("close", resolve));
  if (code !== 0) throw new Error("the copy does not build");
  return folder;
}
