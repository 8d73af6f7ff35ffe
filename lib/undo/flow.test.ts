import { readFileSync } from "node:fs";
import { generateSync } from "otplib";
import { beforeEach, describe, expect, it } from "vitest";
import { deliverAll } from "@/e2e/fixtures/rounds";
import { db } from "@/lib/db";
import { outboxPath } from "@/lib/delivery";
import { after, days, seconds } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import { hashToken } from "@/lib/kernel/secrets";
import { listActiveMethods } from "@/lib/methods";
import { removeMethod, turnOff } from "@/lib/security";
import {
  addApp,
  addPhone,
  newestCode,
  newPerson,
  signIn,
  type TestPerson,
  turnOnFor,
  visitAt,
} from "@/lib/setup/test-account";
import { chooseForWayBack, putBack, viewWayBack } from ".";

type Owner = TestPerson & { number: string; second: string };

/** Somebody with an app and two phones. */
async function owner(): Promise<Owner> {
  const person = await newPerson();
  await addApp(person);
  const number = await addPhone(person);
  await turnOnFor(person);
  const second = await addPhone(person);
  return { ...person, number, second };
}

const methodsOf = async ({ accountId }: { accountId: string }) =>
  (await listActiveMethods(accountId)).methods;

/** The link of the newest mail to a person, once it was handed over. */
async function linkTo({ email }: { email: string }): Promise<string> {
  await deliverAll();
  const mails = readFileSync(outboxPath(), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { to: string; body: string })
    .filter(({ to }) => to === email);
  return /\/put-back\/([A-Za-z0-9_-]{43})/.exec(mails.at(-1)?.body ?? "")?.[1] ?? "";
}

/** Removes the phone and reads the link in the mail that tells of it. */
async function removed(person: Owner): Promise<{ id: string; token: string }> {
  const phone = (await methodsOf(person)).find(({ kind, position }) => kind === "phone" && position === 1);
  const done = await removeMethod(phone?.id ?? "", false, person, visitAt());
  expect(done).toMatchObject({ ok: true });
  return { id: phone?.id ?? "", token: await linkTo(person) };
}

/** A code texted to the removed phone for this link. */
async function codeFor(token: string, id: string, number: string, visit = visitAt()): Promise<string> {
  expect(await chooseForWayBack(token, id, visit)).toMatchObject({ ok: true });
  return newestCode(number);
}

const wrong = (code: string): string => (code === "000000" ? "000001" : "000000");

// What the tests before cost the block of numbers that all of these are from is not what any of them is about.
beforeEach(() => db().limit.deleteMany());

describe("a removed method", () => {
  it("comes back by its link and a code of it, where it was; everybody is signed out, and every address is told", async () => {
    const person = await owner();
    const before = (await methodsOf(person)).map(({ id }) => id);
    const { id, token } = await removed(person);
    expect((await methodsOf(person)).map((method) => method.id)).toEqual(
      before.filter((each) => each !== id),
    );
    await signIn(person.accountId, person.email);
    const moved = `new-${person.email}`;
    await db().account.update({ where: { id: person.accountId }, data: { email: moved, emailKey: moved } });

    const code = await codeFor(token, id, person.number);
    expect(await putBack(token, code, visitAt())).toEqual({ ok: true, value: "method-removed" });
    expect((await methodsOf(person)).map((method) => method.id)).toEqual(before);
    expect(await db().session.count({ where: { accountId: person.accountId } })).toBe(0);
    const events = await db().event.findMany({
      where: { accountId: person.accountId },
      orderBy: { id: "asc" },
    });
    expect(events.at(-1)).toMatchObject({ kind: "method-restored" });
    // Neither the link nor its token stands in what is recorded.
    expect(JSON.stringify(events.map(({ facts }) => facts))).not.toContain(token);
    await deliverAll();
    const told = readFileSync(outboxPath(), "utf8");
    for (const to of [person.email, moved])
      expect(told.split("\n").some((line) => line.includes(`"${to}"`) && line.includes("was put back"))).toBe(
        true,
      );
  });

  it("stays sealed as it was, and is no way of getting in meanwhile", async () => {
    const person = await owner();
    const { data } = await db().method.findFirstOrThrow({
      where: { accountId: person.accountId, position: 1 },
    });
    const { id } = await removed(person);
    const row = await db().method.findUniqueOrThrow({ where: { id } });
    expect(row.data).toBe(data);
    expect(row.removedAt).not.toBeNull();
    expect((await methodsOf(person)).some((method) => method.id === id)).toBe(false);
  });

  it("only the hash of its link is kept, and looking at the page changes nothing", async () => {
    const person = await owner();
    const { token } = await removed(person);
    expect(token).toHaveLength(43);
    const row = await db().removal.findUniqueOrThrow({ where: { tokenHash: hashToken(token) } });
    expect(JSON.stringify(row)).not.toContain(token);
    const page = await viewWayBack(token, new Date());
    expect(page).toMatchObject({
      ok: true,
      value: { kind: "method-removed", triesLeft: numbers.undo.tries },
    });
    expect(JSON.stringify(page)).not.toContain(person.number.slice(0, -2));
    expect(await db().removal.findUniqueOrThrow({ where: { tokenHash: hashToken(token) } })).toEqual(row);
  });

  it("whoever has the link without the old method gets nothing, and no more than the tries of the link", async () => {
    const person = await owner();
    const { id, token } = await removed(person);
    const code = await codeFor(token, id, person.number);
    const answers: (string | undefined)[] = [];
    for (let turn = 0; turn < numbers.undo.tries + 2; turn += 1) {
      const guess = String((Number(code) + 1 + turn) % 1_000_000).padStart(6, "0");
      const answered = await putBack(token, guess, visitAt());
      answers.push(answered.ok ? "ok" : answered.reason);
    }
    expect(answers.slice(0, numbers.undo.tries - 1).every((reason) => reason === "wrong")).toBe(true);
    expect(answers.slice(numbers.undo.tries - 1)).toEqual(["no-tries", "no-tries", "no-tries"]);
    expect(await putBack(token, code, visitAt())).toMatchObject({ reason: "no-tries" });
    expect(await chooseForWayBack(token, id, visitAt())).toMatchObject({ reason: "no-tries" });
    expect((await methodsOf(person)).some((method) => method.id === id)).toBe(false);
  });

  it("whoever makes the account wait by wrong codes keeps nobody from the link, and its wrong answers make nobody wait (AT-018)", async () => {
    const person = await owner();
    const { id, token } = await removed(person);
    const lockedUntil = after(new Date(), days(1));
    await db().account.update({ where: { id: person.accountId }, data: { failuresInRow: 50, lockedUntil } });
    const code = await codeFor(token, id, person.number);
    expect(await putBack(token, wrong(code), visitAt())).toMatchObject({ reason: "wrong" });
    const account = () => db().account.findUniqueOrThrow({ where: { id: person.accountId } });
    expect(await account()).toMatchObject({ failuresInRow: 50, lockedUntil });
    expect(await putBack(token, code, visitAt())).toMatchObject({ ok: true });
    expect(await account()).toMatchObject({ failuresInRow: 0, lockedUntil: null });
  });

  it("a code that cannot be one costs no try", async () => {
    const person = await owner();
    const { id, token } = await removed(person);
    await codeFor(token, id, person.number);
    expect(await putBack(token, "ABCDE", visitAt())).toMatchObject({ reason: "malformed" });
    expect(await viewWayBack(token, new Date())).toMatchObject({ value: { triesLeft: numbers.undo.tries } });
  });

  it("a link works once, also pressed twice at the same moment", async () => {
    for (let round = 0; round < 3; round += 1) {
      const person = await owner();
      const { id, token } = await removed(person);
      const code = await codeFor(token, id, person.number);
      const both = await Promise.all([putBack(token, code, visitAt()), putBack(token, code, visitAt())]);
      expect(both.filter(({ ok }) => ok)).toHaveLength(1);
      expect(await putBack(token, code, visitAt())).toMatchObject({ reason: "link-used" });
      expect(await viewWayBack(token, new Date())).toMatchObject({ reason: "link-used" });
      expect((await methodsOf(person)).filter((method) => method.id === id)).toHaveLength(1);
    }
  });

  it("a link is over after seven days, and a forged or shortened one is nobody's", async () => {
    const person = await owner();
    const { id, token } = await removed(person);
    const late = after(new Date(), days(7));
    const code = await codeFor(token, id, person.number, visitAt(after(late, -seconds(60))));
    expect(await putBack(token, code, visitAt(late))).toMatchObject({ reason: "link-expired" });
    expect(await chooseForWayBack(token, id, visitAt(late))).toMatchObject({ reason: "link-expired" });
    expect(await viewWayBack(`${token.slice(1)}A`, new Date())).toMatchObject({ reason: "link-unknown" });
    expect(await viewWayBack(token.slice(1), new Date())).toMatchObject({ reason: "link-malformed" });
  });

  it("a code of a sign-in or of another link is none of this one, and another account's method is not there (AT-038, AT-071)", async () => {
    const [ann, ben] = [await owner(), await owner()];
    const [hers, his] = [await removed(ann), await removed(ben)];
    const other = await codeFor(his.token, his.id, ben.number);
    await codeFor(hers.token, hers.id, ann.number);
    expect(await putBack(hers.token, other, visitAt())).toMatchObject({ ok: false });
    const [app] = await methodsOf(ann);
    for (const id of [his.id, app?.id ?? "", crypto.randomUUID()])
      expect(await chooseForWayBack(hers.token, id, visitAt())).toMatchObject({ reason: "method-gone" });
  });

  it("a number that was added again meanwhile is not there twice", async () => {
    const person = await owner();
    const { id, token } = await removed(person);
    await db().limit.deleteMany();
    await addPhone(person, person.number);
    await db().limit.deleteMany();
    const code = await codeFor(token, id, person.number);
    expect(await putBack(token, code, visitAt())).toMatchObject({ ok: true });
    expect(await methodsOf(person)).toHaveLength(3);
  });

  it("what was added since stays, so that a link is no way to take methods away", async () => {
    const person = await owner();
    const { id, token } = await removed(person);
    await addPhone(person);
    const code = await codeFor(token, id, person.number);
    await putBack(token, code, visitAt());
    expect(await methodsOf(person)).toHaveLength(4);
  });

  it("one that wrong codes had disabled before comes back by its own code all the same, and is in use again", async () => {
    const person = await owner();
    const [, phone] = await methodsOf(person);
    const id = phone?.id ?? "";
    await db().method.update({ where: { id }, data: { failures: 100, disabledAt: new Date() } });
    expect(await removeMethod(id, true, person, visitAt())).toMatchObject({ ok: true });
    const token = await linkTo(person);
    const code = await codeFor(token, id, person.number);
    expect(await putBack(token, code, visitAt())).toMatchObject({ ok: true });
    expect((await methodsOf(person)).map((method) => method.id)).toContain(id);
  });

  it("one that no longer opens is told of without a link", async () => {
    const person = await owner();
    const [, phone] = await methodsOf(person);
    await db().method.update({ where: { id: phone?.id ?? "" }, data: { data: "k1.AAAA" } });
    expect(await removeMethod(phone?.id ?? "", true, person, visitAt())).toMatchObject({ ok: true });
    expect(await linkTo(person)).toBe("");
    expect(await db().removal.count({ where: { accountId: person.accountId } })).toBe(0);
  });
});

describe("Two-Step Verification that was turned off", () => {
  const off = async (person: Owner): Promise<string> => {
    expect((await turnOff(person, visitAt())).ok).toBe(true);
    return linkTo(person);
  };
  const appCode = async ({ accountId }: { accountId: string }): Promise<{ id: string; code: string }> => {
    const [app] = (await listActiveMethods(accountId)).methods;
    if (app?.kind !== "app") throw new Error("the first method is no app");
    await db().method.update({ where: { id: app.id }, data: { counter: null } });
    return { id: app.id, code: generateSync({ secret: app.data.secret }) };
  };

  it("is on again by a method that wrong codes had disabled: whoever disabled it has not ended the way back", async () => {
    const person = await owner();
    const { id, code } = await appCode(person);
    await db().method.update({ where: { id }, data: { failures: 100, disabledAt: new Date() } });
    const token = await off(person);
    await chooseForWayBack(token, id, visitAt());
    expect(await putBack(token, code, visitAt())).toEqual({ ok: true, value: "two-step-off" });
    expect((await methodsOf(person)).map((method) => method.id)).toContain(id);
  });

  it("is on again with all that it had, by a code of any of its methods", async () => {
    const person = await owner();
    const before = (await methodsOf(person)).map(({ id }) => id);
    const { id, code } = await appCode(person);
    const token = await off(person);
    expect(await methodsOf(person)).toEqual([]);
    const page = await viewWayBack(token, new Date());
    expect(page.ok && page.value.ways.map((way) => way.id)).toEqual(before);
    // Of several ways one is chosen first.
    expect(await putBack(token, code, visitAt())).toMatchObject({ reason: "method-gone" });
    await chooseForWayBack(token, id, visitAt());
    expect(await putBack(token, code, visitAt())).toEqual({ ok: true, value: "two-step-off" });
    expect((await methodsOf(person)).map((method) => method.id)).toEqual(before);
    const account = await db().account.findUniqueOrThrow({ where: { id: person.accountId } });
    expect(account.twoStepOnAt).not.toBeNull();
    expect(await db().session.count({ where: { accountId: person.accountId } })).toBe(0);
    // Old recovery codes do not come back: whoever turned it off may have seen them.
    expect(await db().recoveryCode.count({ where: { accountId: person.accountId } })).toBe(0);
  });

  it("joins what was set up anew since", async () => {
    const person = await owner();
    const { id, code } = await appCode(person);
    const token = await off(person);
    await addApp(person);
    await addPhone(person);
    await turnOnFor(person);
    await chooseForWayBack(token, id, visitAt());
    expect(await putBack(token, code, visitAt())).toMatchObject({ ok: true });
    expect(await methodsOf(person)).toHaveLength(5);
  });

  it("a method that was removed before it comes back without turning it on", async () => {
    const person = await owner();
    const { id, token } = await removed(person);
    await off(person);
    const code = await codeFor(token, id, person.number);
    expect(await putBack(token, code, visitAt())).toEqual({ ok: true, value: "method-removed" });
    const account = await db().account.findUniqueOrThrow({ where: { id: person.accountId } });
    expect(account.twoStepOnAt).toBeNull();
  });
});
