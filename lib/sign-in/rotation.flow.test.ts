/** The site's keys are rotated: what the old one sealed, hashed and peppered works as long as it is listed, and not after. */
import { randomBytes } from "node:crypto";
import { afterEach, expect, test } from "vitest";
import { appCode, makePerson, type Person, password } from "@/e2e/fixtures/people";
import { db } from "@/lib/db";
import { settings } from "@/lib/kernel/config";
import { keys, loadKeys } from "@/lib/kernel/keys";
import type { Visit } from "@/lib/kernel/visit";
import { answer, begin, choose } from ".";

const before = keys();
const text = (ids: readonly { readonly id: string; readonly bytes: Buffer }[]): string =>
  ids.map(({ id, bytes }) => `${id}:${bytes.toString("base64")}`).join();
const use = (ids: typeof before) => loadKeys({ ...settings(), secretKeys: text(ids) });
const fresh = { id: "rotated", bytes: randomBytes(32) };

afterEach(() => {
  use(before);
});

let turn = 0;
const visit = (): Visit => {
  turn += 1;
  return { now: new Date(), address: `10.9.0.${turn}`, browser: "Chrome · Linux" };
};

async function asked(person: Person, devices?: string): Promise<string> {
  const begun = await begin({ email: person.email, password }, { devices, session: undefined }, visit());
  if (!begun.ok || begun.value.kind !== "asked") throw new Error(JSON.stringify(begun));
  return begun.value.attemptToken;
}

const give = (token: string, code: string, isTrustAsked = false) =>
  answer({ token, answer: code, isTrustAsked }, { devices: undefined, session: undefined }, visit());

const hashOf = async ({ id }: Person) =>
  (await db().account.findUniqueOrThrow({ where: { id } })).passwordHash;

test("with a new key in front nobody notices: open sign-ins, passwords, apps, recovery codes and trusted devices go on (RL-23, RL-24)", async () => {
  const person = await makePerson({ methods: ["app", "text"], withRecoveryCodes: true });
  const trusted = await give(await asked(person), appCode(person), true);
  if (!trusted.ok) throw new Error(trusted.reason);
  const open = await asked(person);
  const oldHash = await hashOf(person);

  use([fresh, ...before]);
  const later = new Date(Date.now() + 30_000);
  expect(await give(open, appCode(person, later))).toMatchObject({ ok: true });
  const known = await begin(
    { email: person.email, password },
    { devices: trusted.value.deviceCookie, session: undefined },
    visit(),
  );
  expect(known).toMatchObject({ ok: true, value: { kind: "admitted" } });
  // The password is peppered anew by the sign-in (RL-25).
  expect(await hashOf(person)).not.toBe(oldHash);
  expect(await hashOf(person)).toMatch(/^rotated\$/);

  const token = await asked(person);
  expect(await choose(token, "sign-in", null, null, visit())).toMatchObject({ ok: true });
  expect(await give(token, person.recoveryCodes[0] ?? "")).toMatchObject({ ok: true });
  const again = await asked(person);
  await choose(again, "sign-in", null, null, visit());
  expect(await give(again, person.recoveryCodes[0] ?? "")).toMatchObject({ ok: false });
});

test("once the old key is gone, what it sealed opens nothing and nobody gets in by it (AT-136, RL-23)", async () => {
  const person = await makePerson({ methods: ["app", "text"], withRecoveryCodes: true });
  use([fresh]);
  expect(
    await begin({ email: person.email, password }, { devices: undefined, session: undefined }, visit()),
  ).toEqual({
    ok: false,
    reason: "wrong-password",
  });
  expect(await db().session.count({ where: { accountId: person.id } })).toBe(0);
});
