/** Runs before each file of flow tests, before any module of the site is loaded: its own database, folder and keys. */
import "./without-settings"; // before its own are set below
import { randomBytes } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { Client } from "pg";
import { inject } from "vitest";

const serverUrl = inject("serverUrl");
const template = inject("templateName");
const name = `${template}_${randomBytes(6).toString("hex")}`;

const client = new Client({ connectionString: serverUrl });
await client.connect();
await client.query(`CREATE DATABASE ${name} TEMPLATE ${template}`);
await client.end();

const database = new URL(serverUrl);
database.pathname = `/${name}`;
const dataDir = fs.mkdtempSync(path.join(inject("folder"), "data-"));

process.env.DATABASE_URL = database.toString();
process.env.DATA_DIR = dataDir;
process.env.SECRET_KEYS = `k1:${randomBytes(32).toString("base64")}`;
