import { randomUUID } from "node:crypto";
import fs from "node:fs";
import { generateSync } from "otplib";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { makePass } from "@/e2e/fixtures/desk";
import { freshNumber, makePerson, makeSession, type Person, password } from "@/e2e/fixtures/people";
import { askEmailChange, confirmEmailChange, resetPassword } from "@/lib/accounts";
import { closePool, db } from "@/lib/db";
import { outboxPath } from "@/lib/delivery";
import { after, before, days, minutes } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import { ok } from "@/lib/kernel/result";
import { hashToken, open, randomToken } from "@/lib/kernel/secrets";
import type { Visit } from "@/lib/kernel/visit";
import { spend } from "@/lib/limits";
import { securityChange } from "@/lib/proof";
import { makeNewCodes, removeMethod, turnOff } from "@/lib/security";
import { beginSetup, confirm, setupView } from "@/lib/setup";
import { whileAccountIsLocked } from "@/lib/setup/test-account";
import { beginByPass, confirmByPass, openPass, resendByPass, viewPass } from ".";

let turn = 0;
const at = (now = new Date()): Visit => {
  turn += 1;
  return { now, address: `10.9.${turn >> 8}.${turn & 255}`, browser: "Chrome · Linux" };
};
afterAll(closePool);
beforeEach(async () => {
  await db().limit.deleteMany();
});

/** Somebody changes their own protection, as they do after they were robbed of it. */
const changeProtection = (person: Person, visit = at()) =>
  securityChange(
    {
      accountId: person.id,
      addresses: [person.email],
      keepSessionId: undefined,
      kind: "password-changed",
      because: "password-changed",
      visit,
    },
    async () => ok(undefined),
  );

const open_ = (person: Person, pass: string, visit = at(), word = password) =>
  openPass({ email: person.email, password: word, pass }, visit);

async function opened(person: Person, now = new Date()): Promise<string> {
  const result = await open_(person, await makePass(person, now), at(now));
  if (!result.ok) throw new Error(result.reason);
  return result.value.token;
}

/** The code of the app that is being set up by a pass. */
async function codeOf(token: string, now = new Date()): Promise<string> {
  const view = await viewPass(token, at(now));
  if (view?.app?.method.kind !== "app") throw new Error("no app");
  return generateSync({ secret: view.app.method.data.secret, epoch: Math.floor(now.getTime() / 1000) });
}

/** The newest code that was sent to a number. */
function codeSentTo(number: string): string {
  const sent = fs
    .readFileSync(outboxPath(), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  return /\d{6}/.exec(sent.filter(({ to }) => to === number).at(-1)?.body ?? "")?.[0] ?? "";
}

const methodsOf = (person: Person) =>
  db().method.findMany({ where: { accountId: person.id, removedAt: null }, orderBy: { position: "asc" } });

/** A session of a person that was proven by one of their methods, or (null) by a recovery code. */
async function proven(person: Person, methodId: string | null) {
  const token = await makeSession(person);
  const row = await db().session.update({
    where: { tokenHash: hashToken(token) },
    data: { provenMethodId: methodId },
  });
  return { id: row.id, accountId: person.id, email: person.email };
}

const mails = async (
  person: Person,
): Promise<{ channel: string; to: string; subject?: string; body: string }[]> => {
  const rows = await db().message.findMany({
    where: { accountId: person.id, purpose: "alert" },
    orderBy: { createdAt: "asc" },
  });
  return rows.map((row) => ({
    channel: row.channel,
    ...JSON.parse(open(row.content ?? "", { table: "Message", row: row.id, account: person.id })),
  }));
};

describe("an access pass", () => {
  it("opens once, with address, password and pass; two at once get one", async () => {
    const person = await makePerson({ methods: ["app", "text"] });
    const pass = await makePass(person);
    const results = await Promise.all([1, 2, 3].map(() => open_(person, pass)));
    expect(results.filter(({ ok }) => ok)).toHaveLength(1);
    expect(await open_(person, pass)).toMatchObject({ ok: false, reason: "wrong" });
    expect(await db().session.count({ where: { accountId: person.id } })).toBe(0);
  });

  it("is nothing without the password, for another account, wrong, after 15 minutes, or twice as many tries as it has", async () => {
    const person = await makePerson({ methods: ["app", "text"] });
    const other = await makePerson({ methods: ["app", "text"] });
    const now = new Date();
    const pass = await makePass(person, now);
    const refusals = [
      await open_(person, pass, at(now), "not the password"),
      await open_(other, pass, at(now)),
      await open_({ ...person, email: "nobody@example.com" }, pass, at(now)),
      await open_(person, "AAAA-AAAA-AAAA", at(now)),
      await open_(person, "AAAA-AAAA-AAAC", at(now)),
      await open_(person, pass, at(after(now, minutes(15)))),
    ];
    // One answer for all, so that none of it is told apart.
    expect(refusals).toEqual(refusals.map(() => ({ ok: false, reason: "wrong" })));
    expect((await mails(person)).map(({ subject }) => subject)).toEqual([
      "Somebody has your password at Latchkey but not your access pass",
    ]);
    await db().limit.deleteMany();
    for (let i = 0; i < 3; i += 1) await open_(person, "AAAA-AAAA-AAAB", at(now));
    expect(await open_(person, pass, at(now))).toMatchObject({ ok: false, reason: "wrong" });
    const events = await db().event.findMany({ where: { accountId: person.id } });
    expect(events.filter(({ kind }) => kind === "desk-pass-failed").length).toBeGreaterThan(4);
  });

  it("what can be nobody's pass costs no try and no mail, and is answered alike whoever asks", async () => {
    const person = await makePerson({ methods: ["app", "text"] });
    const pass = await makePass(person);
    const visit = at();
    const refusals = [];
    for (const typed of ["", "K7F2", `${pass}A`, pass.replace(/.$/, "9")])
      for (const [asked, word] of [
        [person, password],
        [person, "not the password"],
        [{ ...person, email: "nobody@example.com" }, password],
      ] as const)
        refusals.push(await open_(asked, typed, visit, word));
    expect(refusals).toEqual(refusals.map(() => ({ ok: false, reason: "malformed" })));
    expect(await mails(person)).toEqual([]);
    const { tries } = await db().accessPass.findFirstOrThrow({ where: { accountId: person.id } });
    expect(tries).toBe(numbers.desk.pass.tries);
    // Neither by them nor for them: the budgets of this address and account are whole.
    expect(await db().limit.count()).toBe(0);
    expect((await open_(person, pass, visit)).ok).toBe(true);
  });

  it("is read as forgivingly as a recovery code", async () => {
    const person = await makePerson({ methods: ["app", "text"] });
    const pass = await makePass(person);
    const slipped = pass
      .replaceAll("O", "0")
      .replaceAll("B", "8")
      .replaceAll("I", "1")
      .replaceAll("-", "\u2013");
    expect((await open_(person, `\u2066${slipped.toLowerCase()}\u2069`)).ok).toBe(true);
  });

  it("opens in a browser that the account knows also while strangers have used up the tries of everybody else", async () => {
    const person = await makePerson({ methods: ["app", "text"] });
    const pass = await makePass(person);
    const devices = randomToken();
    const now = new Date();
    await db().device.create({
      data: {
        id: randomUUID(),
        tokenHash: hashToken(devices),
        accountId: person.id,
        browser: "Chrome · Linux",
        createdAt: now,
        lastSeenAt: now,
        address: "127.0.0.1",
      },
    });
    const strangers = numbers.passwordFailures.accountUnknownBrowsers.max;
    const budget = { name: ["password-unknown", person.email], max: strangers, window: minutes(60) };
    for (let i = 0; i < strangers; i += 1) await spend([budget], now);
    expect(await open_(person, pass, at(now))).toMatchObject({ ok: false, reason: "limit" });
    expect(await openPass({ email: person.email, password, pass }, at(now), devices)).toMatchObject({
      ok: true,
    });
  });

  it("wrong tries count with the password's own budgets, which no wrong pass gives back", async () => {
    const person = await makePerson({ methods: ["app", "text"] });
    const visit = at();
    const results = [];
    for (let i = 0; i < 6; i += 1) results.push(await open_(person, "AAAA-AAAA-AAAA", visit));
    expect(results.at(-1)).toMatchObject({ ok: false, reason: "limit" });
  });

  it("adds one method and no second one, also at the same moment; everybody is signed out, every address and number told", async () => {
    const person = await makePerson({ methods: ["app", "text"] });
    const session = await makeSession(person);
    const token = await opened(person);
    expect((await beginByPass(token, "app", {}, at())).ok).toBe(true);
    const code = await codeOf(token);
    const results = await Promise.all([1, 2, 3].map(() => confirmByPass(token, "app", code, at())));
    expect(results.filter(({ ok }) => ok)).toHaveLength(1);
    expect((await methodsOf(person)).map(({ kind }) => kind)).toEqual(["app", "phone", "app"]);
    expect(await db().session.count({ where: { tokenHash: hashToken(session) } })).toBe(0);
    expect(await db().session.count({ where: { accountId: person.id } })).toBe(0);
    expect(await viewPass(token, at())).toBeUndefined();
    expect(await beginByPass(token, "app", {}, at())).toMatchObject({ reason: "pass-over" });
    const alerts = await mails(person);
    expect(alerts.map(({ channel }) => channel).sort()).toEqual(["email", "email", "text"]);
    expect(alerts.map(({ subject }) => subject)).toContain("Your access pass at Latchkey was opened");
    expect(alerts.filter(({ channel }) => channel === "email").at(-1)?.body).toContain(
      "The pass was asked for by Sam and approved by Kim.",
    );
  });

  it("takes a phone too: a code that was sent, and a number that the account has already tells nothing", async () => {
    const person = await makePerson({ methods: ["app", "text"] });
    const own = person.methods.flatMap((method) => (method.kind === "phone" ? [method.number] : []))[0] ?? "";
    const token = await opened(person);
    const fresh = freshNumber();
    for (const number of [own, fresh]) {
      const begun = await beginByPass(token, "phone", { country: "GB", number, channel: "text" }, at());
      expect([number === own, begun]).toEqual([number === own, { ok: true, value: undefined }]);
      await db().limit.deleteMany();
    }
    expect((await resendByPass(token, at())).ok).toBe(true);
    const code = codeSentTo(fresh);
    expect(await confirmByPass(token, "phone", code, at())).toMatchObject({
      ok: true,
      value: { kind: "phone" },
    });
  });

  it("is over 15 minutes after it was opened, and by any change of the account's protection, a new password too", async () => {
    const person = await makePerson({ methods: ["app", "text"] });
    const now = new Date();
    const token = await opened(person, now);
    expect(await viewPass(token, at(after(now, minutes(15) - 1)))).toBeDefined();
    expect(await viewPass(token, at(after(now, minutes(15))))).toBeUndefined();

    const other = await makePerson({ methods: ["app", "text"] });
    const [waiting, open2] = [await makePass(other), await opened(other)];
    const link = randomToken();
    await db().mailLink.create({
      data: {
        id: randomUUID(),
        tokenHash: hashToken(link),
        purpose: "reset-password",
        accountId: other.id,
        emailKey: other.email,
        createdAt: now,
        expiresAt: after(now, minutes(30)),
      },
    });
    expect((await resetPassword({ token: link, password: "a new and quiet ferry 99" }, at())).ok).toBe(true);
    expect(await viewPass(open2, at())).toBeUndefined();
    expect(await open_(other, waiting, at(), "a new and quiet ferry 99")).toMatchObject({ reason: "wrong" });
  });

  it("that was ended stays ended for a browser that had begun to open it before (a clock or a slow hash revives nothing)", async () => {
    const person = await makePerson({ methods: ["app", "text"] });
    const now = new Date();
    const pass = await makePass(person, before(now, minutes(1)));
    await changeProtection(person, at(now));
    expect(await open_(person, pass, at(before(now, 5000)))).toMatchObject({ ok: false, reason: "wrong" });
    const other = await makePerson({ methods: ["app", "text"] });
    const token = await opened(other, now);
    await changeProtection(other, at(after(now, 5000)));
    expect(await viewPass(token, at(now))).toBeUndefined();
  });

  it("opens with the password that is in force when it opens, not with one that was compared a moment before", async () => {
    const person = await makePerson({ methods: ["app", "text"] });
    const pass = await makePass(person);
    const given = await whileAccountIsLocked(
      { accountId: person.id },
      () => open_(person, pass),
      (tx) => tx.account.update({ where: { id: person.id }, data: { passwordHash: "another" } }),
    );
    expect(given).toMatchObject({ ok: false, reason: "wrong" });
  });

  it("shows nothing of the account, and what is pending by it is nobody else's (AT-070)", async () => {
    const person = await makePerson({ methods: ["app", "text"] });
    const token = await opened(person);
    await beginByPass(token, "app", {}, at());
    const session = await proven(person, null);
    expect((await setupView(session, new Date())).app).toBeUndefined();
    const view = await viewPass(token, at());
    expect(Object.keys(view ?? {}).sort()).toEqual(["app", "email", "phone", "until"]);
    // A wrong code is wrong and no more: a hint could speak of another entry of the app.
    const refused = await confirmByPass(token, "app", "000000", at());
    expect(refused).toEqual({ ok: false, reason: "wrong", details: { triesLeft: 4 } });
  });

  it("adds to a full account too, where nothing of the owner's could be removed to make room", async () => {
    const person = await makePerson({ methods: ["app", ...Array(numbers.methods.max - 1).fill("text")] });
    const token = await opened(person);
    await beginByPass(token, "app", {}, at());
    expect(await confirmByPass(token, "app", await codeOf(token), at())).toMatchObject({ ok: true });
  });

  it("does not say that a number is the account's when it is confirmed, and is not used up by it", async () => {
    const person = await makePerson({ methods: ["app", "text"] });
    const own = person.methods.flatMap((method) => (method.kind === "phone" ? [method.number] : []))[0] ?? "";
    const token = await opened(person);
    await beginByPass(token, "phone", { country: "GB", number: own, channel: "text" }, at());
    const code = codeSentTo(own);
    expect(await confirmByPass(token, "phone", code, at())).toMatchObject({ ok: false, reason: "gone" });
    expect(await viewPass(token, at())).toBeDefined();
  });

  it("is not kept waiting by wrong codes at the account, nor does it make the account wait", async () => {
    const person = await makePerson({ methods: ["app", "text"] });
    const token = await opened(person);
    await beginByPass(token, "app", {}, at());
    const now = new Date();
    const locked = { failuresInRow: 12, lockedUntil: after(now, minutes(30)) };
    await db().account.update({ where: { id: person.id }, data: locked });
    expect(await confirmByPass(token, "app", "000000", at(now))).toMatchObject({ reason: "wrong" });
    expect(await db().account.findUnique({ where: { id: person.id } })).toMatchObject(locked);
    expect(await confirmByPass(token, "app", await codeOf(token), at())).toMatchObject({ ok: true });
  });

  it("does nothing for an account that turned Two-Step Verification off meanwhile", async () => {
    const person = await makePerson({ methods: ["app", "text"] });
    const token = await opened(person);
    await beginByPass(token, "app", {}, at());
    const code = await codeOf(token);
    await db().account.update({ where: { id: person.id }, data: { twoStepOnAt: null } });
    expect(await confirmByPass(token, "app", code, at())).toMatchObject({ ok: false });
    expect(await methodsOf(person)).toHaveLength(2);
  });
});

describe("a method that came by a pass", () => {
  async function withNew() {
    const person = await makePerson({ methods: ["app", "text"], withRecoveryCodes: true });
    const token = await opened(person);
    await beginByPass(token, "app", {}, at());
    if (!(await confirmByPass(token, "app", await codeOf(token), at())).ok) throw new Error("not confirmed");
    const [first, second, added] = await methodsOf(person);
    return { person, first: first?.id ?? "", second: second?.id ?? "", added: added?.id ?? "" };
  }

  it("proves no removal of the others, no turning off, no new codes and no other address for seven days, then all of it", async () => {
    const { person, first, added } = await withNew();
    for (const by of [added, null]) {
      const session = await proven(person, by);
      expect(await removeMethod(first, true, session, at())).toMatchObject({ reason: "held" });
      expect(await turnOff(session, at())).toMatchObject({ reason: "held" });
      expect(await makeNewCodes(session, at())).toMatchObject({ reason: "held" });
      expect(await askEmailChange(session, "mallory@example.com", at())).toMatchObject({ reason: "held" });
    }
    expect(await methodsOf(person)).toHaveLength(3);
    const later = at(after(new Date(), days(7)));
    expect(await removeMethod(first, true, await proven(person, added), later)).toMatchObject({ ok: true });
  });

  it("lets nobody take the address away by a link from before it; a proof of an older method still does", async () => {
    const person = await makePerson({ methods: ["app", "text"] });
    const [first] = await methodsOf(person);
    const wanted = `${randomUUID()}@example.com`;
    const asked = await askEmailChange(await proven(person, first?.id ?? ""), wanted, at());
    expect(asked).toMatchObject({ ok: true });
    const token = await opened(person);
    await beginByPass(token, "app", {}, at());
    expect((await confirmByPass(token, "app", await codeOf(token), at())).ok).toBe(true);
    const [, , added] = await methodsOf(person);

    const mail = await db().message.findFirstOrThrow({
      where: { accountId: person.id, purpose: "confirm-email" },
    });
    const text = open(mail.content ?? "", { table: "Message", row: mail.id, account: person.id });
    const link = /confirm-email\/([A-Za-z0-9_-]{43})/.exec(text)?.[1] ?? "";
    for (const by of [undefined, await proven(person, added?.id ?? "")])
      expect(await confirmEmailChange(link, by, at())).toMatchObject({ ok: false, reason: "held" });
    const account = () => db().account.findUniqueOrThrow({ where: { id: person.id } });
    expect((await account()).email).toBe(person.email);
    const own = await proven(person, first?.id ?? "");
    expect(await confirmEmailChange(link, own, at())).toMatchObject({ ok: true });
    expect((await account()).email).toBe(wanted);
  });

  it("goes by any proof of its owner, who is not bound by it", async () => {
    const { person, first, second, added } = await withNew();
    expect(await makeNewCodes(await proven(person, first), at())).toMatchObject({ ok: true });
    expect(await removeMethod(second, true, await proven(person, first), at())).toMatchObject({ ok: true });
    expect(await removeMethod(added, true, await proven(person, null), at())).toMatchObject({ ok: true });
  });

  it("makes no method that is freer than itself, while one that an old method vouched for is", async () => {
    const { person, first, added } = await withNew();
    const add = async (by: string) => {
      const session = await proven(person, by);
      await beginSetup("app", {}, session, at());
      const view = await setupView(session, new Date());
      if (view.app?.method.kind !== "app") throw new Error("no app");
      const code = generateSync({ secret: view.app.method.data.secret });
      expect(await confirm("app", code, session, at())).toMatchObject({ ok: true });
      return (await methodsOf(person)).at(-1);
    };
    expect((await add(added))?.cannotRemoveOthersUntil).not.toBeNull();
    expect((await add(first))?.cannotRemoveOthersUntil).toBeNull();
  });
});
