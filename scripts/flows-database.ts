/**
 * The database of the flow tests: a server (the one that LATCHKEY_TEST_DATABASE_URL names, whose role may create
 * databases; else a throwaway one, with LATCHKEY_TEST_DATABASE=tcp over TCP as somebody else's would be), and on it one
 * migrated template that every test file gets its own copy of. And the folder of theirs, which goes when all are through:
 * hooks of a file do not run when none of its tests does.
 */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { Client } from "pg";
import type { TestProject } from "vitest/node";
import { startScratchDatabase } from "@/lib/db/embedded/test-database";
import { migrate } from "@/lib/db/migrate";

declare module "vitest" {
  interface ProvidedContext {
    serverUrl: string;
    templateName: string;
    folder: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const outside = process.env.LATCHKEY_TEST_DATABASE_URL || undefined;
  const tcp = process.env.LATCHKEY_TEST_DATABASE === "tcp";
  const scratch = outside ? undefined : await startScratchDatabase({ tcp });
  const serverUrl = outside ?? scratch?.url ?? "";
  const templateName = `latchkey_test_${process.pid}`;
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "latchkey-flows-"));
  const leave = async () => {
    fs.rmSync(folder, { recursive: true, force: true });
    if (scratch) return scratch.stop();
    const copies = await ask(serverUrl, "SELECT datname FROM pg_database WHERE starts_with(datname, $1)", [
      templateName,
    ]);
    for (const { datname } of copies) await ask(serverUrl, `DROP DATABASE "${datname}" WITH (FORCE)`);
  };
  try {
    const template = new URL(serverUrl);
    template.pathname = `/${templateName}`;
    await ask(serverUrl, `CREATE DATABASE ${templateName}`);
    await migrate(template.toString(), { say: () => {} });
  } catch (error) {
    await leave().catch(() => {}); // the first error is the one to tell
    throw error;
  }
  project.provide("serverUrl", serverUrl);
  project.provide("templateName", templateName);
  project.provide("folder", folder);
  return leave;
}

async function ask(url: string, sql: string, values: unknown[] = []): Promise<{ datname: string }[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql, values)).rows;
  } finally {
    await client.end();
  }
}
