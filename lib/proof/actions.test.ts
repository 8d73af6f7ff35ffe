import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { after, before, minutes } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import { catalogues } from "@/lib/words";
import {
  type ActionName,
  actions,
  isProofEnough,
  readTask,
  scopeOfProof,
  type Task,
  taskOfPath,
  taskText,
} from "./actions";

const now = new Date("2026-11-24T10:00:00Z");
const names = Object.keys(actions) as ActionName[];
const method = "0b9c6c0a-6a51-4c7e-9d0a-0f6f5d6f2a11";
const tasks: Task[] = names.map((name) => (name === "remove-method" ? { name, subject: method } : { name }));

describe("a proof by a code that was sent", () => {
  test.each(tasks)("for $name is good for it and for nothing else that is grave (AT-038, AT-066)", (task) => {
    const proof = { provenAt: now, provenFor: scopeOfProof(true, taskText(task)) };
    for (const other of tasks)
      expect([other.name, isProofEnough(proof, other, now)]).toEqual([
        other.name,
        other.name === task.name || !actions[other.name].isGrave,
      ]);
  });

  test("to remove one method does not remove another", () => {
    const proof = { provenAt: now, provenFor: taskText({ name: "remove-method", subject: method }) };
    expect(isProofEnough(proof, { name: "remove-method", subject: method.replace("0", "1") }, now)).toBe(
      false,
    );
    expect(isProofEnough(proof, { name: "remove-method" }, now)).toBe(false);
  });
});

test("a proof by the app, a recovery code or a password alone is good for everything, ten minutes and no longer", () => {
  for (const task of tasks) {
    const provenFor = scopeOfProof(false, taskText(task));
    for (const other of tasks) {
      expect(isProofEnough({ provenAt: now, provenFor }, other, after(now, minutes(10) - 1))).toBe(true);
      expect(isProofEnough({ provenAt: before(now, minutes(10)), provenFor }, other, now)).toBe(false);
      expect(isProofEnough({ provenAt: null, provenFor }, other, now)).toBe(false);
    }
  }
});

test("what a row holds is read back, and a row of another version asks for nothing in particular", () => {
  for (const task of tasks) expect(readTask(taskText(task))).toEqual(task);
  fc.assert(
    fc.property(fc.option(fc.string()), (text) => {
      expect(names).toContain(readTask(text).name);
    }),
  );
  for (const odd of ["constructor", "__proto__", "toString:1", ":"])
    expect(readTask(odd).name).toBe("see-settings");
});

test("a page says what was wanted; every other page of the account is the settings", () => {
  const wanted: [string, Task][] = [
    [`/account/security/methods/${method}`, { name: "remove-method", subject: method }],
    [`/account/security/methods/${method}/enable`, { name: "enable-method", subject: method }],
    [`/account/security/methods/${method}/try`, { name: "see-settings" }],
    ["/account/security/add", { name: "add-method" }],
    ["/account/security/add/code", { name: "add-method" }],
    ["/account/security/setup/backup", { name: "add-method" }],
    ["/account/security/setup/done", { name: "see-settings" }],
    ["/account/security/turn-off", { name: "turn-off" }],
    ["/account/security/recovery-codes", { name: "new-recovery-codes" }],
    ["/account/settings/password", { name: "change-password" }],
    ["/account/settings/email", { name: "change-email" }],
    ["/account/security", { name: "see-settings" }],
    ["/account/security/methods/x", { name: "see-settings" }],
    ["/account/security/new-number", { name: "see-phones" }],
    [`/account/security/new-number/${method}`, { name: "change-number", subject: method }],
    [`/account/security/new-number/${method}/code`, { name: "change-number", subject: method }],
    ["/account/security/stolen", { name: "see-phones" }],
    [`/account/security/stolen/${method}`, { name: "suspend-phone", subject: method }],
    [`/account/security/stolen/${method}/next`, { name: "see-phones" }],
    [`/account/security/stolen/${method}/back`, { name: "restore-phone", subject: method }],
    ["/elsewhere", { name: "see-settings" }],
  ];
  for (const [path, task] of wanted) expect([path, taskOfPath(path)]).toEqual([path, task]);
});

test("every action has its words: what its code does, and why it is asked", () => {
  for (const name of names) {
    expect(Object.keys(catalogues.actions)).toContain(`does.${name}`);
    expect(Object.keys(catalogues.actions)).toContain(`lead.${name}`);
  }
});

test("an action asks by the guard that keeps what was wanted, and a page by the one that writes nothing", () => {
  const files = readdirSync("app", { recursive: true, encoding: "utf8" }).filter((file) =>
    /\.tsx?$/.test(file),
  );
  const [ofAction, ofPage] = ["requireFreshProofForAction", "requireFreshProofForPage"];
  const amiss = files.filter((file) =>
    readFileSync(join("app", file), "utf8").includes(/(^|\/)actions\.ts$/.test(file) ? ofPage : ofAction),
  );
  expect(amiss).toEqual([]);
});

test("a sign-in of a moment ago is proof enough to suspend a phone, not one by a sent code or by trust, and for nothing else", () => {
  const createdAt = before(now, minutes(5));
  const signedIn = { provenAt: null, provenFor: null, createdAt, methodKind: "recovery-codes" };
  const suspend = { name: "suspend-phone" } as const;
  expect(isProofEnough(signedIn, suspend, now)).toBe(true);
  for (const lack of [
    { methodKind: "phone" },
    { methodKind: null },
    { avoidMethodId: "the one that proved it" },
    { createdAt: before(now, numbers.freshProof.lifetime) },
  ])
    expect(isProofEnough({ ...signedIn, ...lack }, suspend, now)).toBe(false);
  for (const name of Object.keys(actions) as ActionName[])
    if (name !== "suspend-phone" && name !== "see-phones")
      expect(isProofEnough(signedIn, { name }, now)).toBe(false);
});

test("which phone it is about may be said after a whole sign-in of a moment ago, by whichever code; not after one by trust", () => {
  const signedIn = { provenAt: null, provenFor: null, createdAt: before(now, minutes(5)) };
  const see = { name: "see-phones" } as const;
  expect(isProofEnough({ ...signedIn, methodKind: "phone" }, see, now)).toBe(true);
  expect(isProofEnough({ ...signedIn, methodKind: null }, see, now)).toBe(false);
  const old = { ...signedIn, createdAt: before(now, numbers.freshProof.lifetime), methodKind: "phone" };
  expect(isProofEnough(old, see, now)).toBe(false);
});
