import { randomUUID } from "node:crypto";
import { afterAll, expect, test } from "vitest";
import { freshNumber, makePerson } from "@/e2e/fixtures/people";
import { closePool, db } from "@/lib/db";
import { newestCode } from "@/lib/setup/test-account";
import { type CodeBinding, isCode, sendCode } from ".";

afterAll(closePool);

test("a code is good for all that it is bound to and for nothing else: another value of any of it, and it is another code (AT-038)", async () => {
  const binding: Required<CodeBinding> = {
    ownerId: randomUUID(),
    accountId: (await makePerson()).id,
    purpose: "proof",
    number: freshNumber(),
    action: "change-email",
  };
  const visit = { now: new Date(), address: "192.0.2.77", browser: "" };
  expect((await sendCode(binding, { methodId: null, channel: "text" }, visit)).ok).toBe(true);
  const { hash } = await db().code.findFirstOrThrow({ where: { ownerId: binding.ownerId } });
  const digits = newestCode(binding.number);
  expect(isCode(hash, binding, digits)).toBe(true);
  for (const part of Object.keys(binding))
    expect([part, isCode(hash, { ...binding, [part]: "another" }, digits)]).toEqual([part, false]);
});
