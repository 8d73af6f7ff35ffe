import { afterAll, afterEach, beforeEach, describe, expect, it, test, vi } from "vitest";
import { makeAgent } from "@/e2e/fixtures/desk";
import { appCode, makePerson, type Person, password } from "@/e2e/fixtures/people";
import { type EventKind, eventSentence } from "@/lib/activity";
import { closePool, db, type Transaction } from "@/lib/db";
import { after, days, hours, minutes } from "@/lib/kernel/durations";
import { log as siteLog } from "@/lib/kernel/log";
import { numbers } from "@/lib/kernel/numbers";
import { ok } from "@/lib/kernel/result";
import { hashToken, open } from "@/lib/kernel/secrets";
import type { Visit } from "@/lib/kernel/visit";
import { dropAgent, securityChange } from "@/lib/proof";
import { beginWithPassword, findCase, findRecovery } from "@/lib/recovery";
import { lockAccount } from "@/lib/sessions";
import { whileAccountIsLocked, whileHeld } from "@/lib/setup/test-account";
import { answer, begin } from "@/lib/sign-in";
import { words } from "@/lib/words";
import { openPass, runDesk } from ".";
import { addAgent, askToAddAgent, removeAgent } from "./agents";
import { approve, askToApprove, askToCarryOut, carryOut, listRequests, refuseRequest, request } from "./flow";
import { findAtDesk, lockoutAtDesk, timelineAtDesk } from "./looks";
import { giveStep } from "./steps";
import { isDeskSessionLive } from "./store";
import { type AtDesk, askAtDesk, enterDesk, leaveDesk, readDesk } from "./way-in";

vi.mock("@/lib/kernel/site", async (original) => ({
  ...(await original<typeof import("@/lib/kernel/site")>()),
  deskOwner: () => "Owner@example.com",
}));

/** The process dies at the moment at which the person is told. */
const death = vi.hoisted(() => ({ isNear: false }));
vi.mock("./person", async (original) => {
  const person = await original<typeof import("./person")>();
  const tell: typeof person.tell = async (...args) => {
    await person.tell(...args);
    if (death.isNear) throw new Error("killed");
  };
  return { ...person, tell };
});

const at = (now = new Date()): Visit => ({ now, address: "127.0.0.1", browser: "Support desk" });
afterAll(closePool);
afterEach(() => vi.restoreAllMocks());
beforeEach(async () => {
  await db().limit.deleteMany();
});

/** Whose hands a sign-in at the desk is in. */
const caller = "sam on this machine";

const unused = async (person: Person, now: Date): Promise<string> => {
  await db().method.updateMany({ where: { accountId: person.id }, data: { counter: null } });
  return appCode(person, now);
};

/** The token of somebody who proves themselves at the desk. */
async function enter(person: Person, now = new Date()): Promise<string> {
  const asked = await askAtDesk({ email: person.email, password }, at(now));
  if (!asked.ok) throw new Error(asked.reason);
  const { attemptToken } = asked.value;
  const entered = await enterDesk({ attemptToken, answer: await unused(person, now), caller }, at(now));
  if (!entered.ok) throw new Error(entered.reason);
  return entered.value.token;
}

async function atDesk(person: Person, now = new Date()): Promise<AtDesk> {
  const desk = await readDesk(await enter(person, now), caller, at(now));
  if (desk === undefined) throw new Error("nobody");
  return desk;
}

/** Two agents who have proven themselves, and somebody to help. */
async function scene() {
  const [sam, kim] = await Promise.all([makeAgent("Sam"), makeAgent("Kim")]);
  const person = await makePerson({ methods: ["app", "text"], withRecoveryCodes: true });
  return { sam, kim, person, samAt: await atDesk(sam), kimAt: await atDesk(kim) };
}

/** As if a code had just been given for this step; how one is given is tested below. */
const coded = (desk: AtDesk, step: string, visit: Visit) =>
  db().deskSession.updateMany({
    where: { id: desk.sessionId },
    data: { provenFor: step, provenAt: visit.now },
  });

async function approveNow(desk: AtDesk, id: string, visit: Visit) {
  await coded(desk, `approve:${id.toUpperCase()}`, visit);
  return approve(desk, id, visit);
}

async function carryOutNow(desk: AtDesk, id: string, visit: Visit) {
  await coded(desk, `carry-out:${id}`, visit);
  return carryOut(desk, id, visit);
}

async function addNow(desk: AtDesk, wanted: { email: string; name: string }, visit: Visit) {
  const { id } = await db().account.findFirstOrThrow({ where: { email: wanted.email } });
  await coded(desk, `add-agent:${id}`, visit);
  return addAgent(desk, wanted, visit);
}

const ask = async (desk: AtDesk, person: Person, visit = at()) => {
  const asked = await request(
    desk,
    { kind: "access-pass", who: person.email, note: "Saw the passport at the counter" },
    visit,
  );
  if (!asked.ok) throw new Error(asked.reason);
  return asked.value;
};

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

/** What a person reads in their log, oldest first. */
async function log(person: Person): Promise<string[]> {
  const rows = await db().event.findMany({ where: { accountId: person.id }, orderBy: { id: "asc" } });
  return rows.map(({ kind, facts }) =>
    eventSentence({ kind: kind as EventKind, facts: facts as Record<string, string> }),
  );
}

/** Whom the alerts went to, and what they were called. */
async function told(
  person: Person,
): Promise<{ channel: string; to: string; subject: string; body: string }[]> {
  const rows = await db().message.findMany({
    where: { accountId: person.id, purpose: "alert" },
    orderBy: { createdAt: "asc" },
  });
  return rows.map((row) => ({
    channel: row.channel,
    ...JSON.parse(open(row.content ?? "", { table: "Message", row: row.id, account: person.id })),
  }));
}

describe("the way in", () => {
  it("is password and app, ends after 15 minutes, and opens no session of the site", async () => {
    const sam = await makeAgent("Sam");
    const now = new Date();
    const token = await enter(sam, now);
    expect(await readDesk(token, caller, at(now))).toMatchObject({
      name: "Sam",
      isAgent: true,
      isOwner: false,
    });
    expect(await readDesk(token, caller, at(after(now, minutes(15) - 1)))).toBeDefined();
    expect(await readDesk(token, caller, at(after(now, minutes(15))))).toBeUndefined();
    expect(await db().session.count({ where: { accountId: sam.id } })).toBe(0);
    expect((await db().deskSession.findMany()).map(({ tokenHash }) => tokenHash)).not.toContain(token);
    expect((await told(sam)).map(({ subject }) => subject)).toEqual([
      "You signed in to the support desk of Latchkey",
    ]);
    await leaveDesk(token);
    expect(await readDesk(token, caller, at(now))).toBeUndefined();
  });

  it("takes a recovery code, once, and no session of the site opens the desk", async () => {
    const sam = await makePerson({ methods: ["app", "text"], withRecoveryCodes: true });
    await db().deskAgent.create({ data: { accountId: sam.id, name: "Sam", addedAt: new Date() } });
    const code = sam.recoveryCodes[0] ?? "";
    const codes = await Promise.all(
      [1, 2].map(async () => {
        const asked = await askAtDesk({ email: sam.email, password }, at());
        return asked.ok
          ? enterDesk({ attemptToken: asked.value.attemptToken, answer: code, caller }, at())
          : asked;
      }),
    );
    expect(codes.filter(({ ok }) => ok)).toHaveLength(1);
    expect(await readDesk("A".repeat(43), caller, at(new Date()))).toBeUndefined();
  });

  it("counts with the account's own budgets: wrong passwords and wrong codes are limited, recorded and told", async () => {
    const sam = await makeAgent("Sam");
    const asked = await askAtDesk({ email: sam.email, password }, at());
    if (!asked.ok) throw new Error(asked.reason);
    const { attemptToken } = asked.value;
    for (const code of ["000000", "000001", "000002", "000003", "000004", "000005"])
      await enterDesk({ attemptToken, answer: code, caller }, at());
    const { failuresInRow } = await db().account.findUniqueOrThrow({ where: { id: sam.id } });
    expect(failuresInRow).toBe(5);
    expect((await told(sam))[0]?.subject).toBe("Somebody has your password at Latchkey but not your code");
    expect((await told(sam))[0]?.body).toContain("at the support desk");
    // The right code after five wrong ones comes too late.
    expect(
      await enterDesk({ attemptToken, answer: await unused(sam, new Date()), caller }, at()),
    ).toMatchObject({
      ok: false,
    });
    expect((await askAtDesk({ email: sam.email, password: "x" }, at())).ok).toBe(false);
    expect(await log(sam)).toContain("Wrong password at the support desk");
  });

  it("an attempt of the desk signs nobody in, and an attempt of a sign-in opens no desk (AT-004)", async () => {
    const sam = await makeAgent("Sam");
    const asked = await askAtDesk({ email: sam.email, password }, at());
    const begun = await begin(
      { email: sam.email, password },
      { devices: undefined, session: undefined },
      at(),
    );
    if (!asked.ok || !begun.ok || begun.value.kind !== "asked") throw new Error("not asked");
    const code = await unused(sam, new Date());
    const crossed = await answer(
      { token: asked.value.attemptToken, answer: code, isTrustAsked: false },
      { devices: undefined, session: undefined },
      at(),
    );
    expect(crossed).toMatchObject({ ok: false, reason: "gone" });
    expect(
      await enterDesk({ attemptToken: begun.value.attemptToken, answer: code, caller }, at()),
    ).toMatchObject({
      ok: false,
      reason: "gone",
    });
  });

  it("is shut to everybody else, to an agent without Two-Step Verification, and after a change of their protection", async () => {
    const person = await makePerson({ methods: ["app", "text"] });
    expect(await askAtDesk({ email: person.email, password }, at())).toMatchObject({
      reason: "not-an-agent",
    });
    // Asked by hand past that answer, the statement that lets in says the same.
    const bare = await makeAgent("Bare");
    const asked = await askAtDesk({ email: bare.email, password }, at());
    await db().deskAgent.delete({ where: { accountId: bare.id } });
    const { attemptToken } = asked.ok ? asked.value : { attemptToken: "" };
    expect((await enterDesk({ attemptToken, answer: await unused(bare, new Date()), caller }, at())).ok).toBe(
      false,
    );

    const sam = await makeAgent("Sam");
    const token = await enter(sam);
    await db().account.update({ where: { id: sam.id }, data: { twoStepOnAt: null } });
    expect(await readDesk(token, caller, at(new Date()))).toBeUndefined();
    expect(await askAtDesk({ email: sam.email, password }, at())).toMatchObject({ reason: "off" });
  });
});

describe("a look", () => {
  it("shows no whole address, number or network, stands in the person's log and is told once an hour", async () => {
    const { person, samAt } = await scene();
    await db().event.create({
      data: {
        accountId: person.id,
        kind: "email-changed",
        at: new Date(),
        address: "203.0.113.77",
        browser: "",
        facts: { email: "robin@private.example" },
      },
    });
    const number =
      person.methods.flatMap((method) => (method.kind === "phone" ? [method.number] : []))[0] ?? "";
    const found = await findAtDesk(samAt, person.email, at());
    const timeline = await timelineAtDesk(samAt, person.email.toUpperCase(), 50, at());
    const map = await lockoutAtDesk(samAt, person.email, at());
    const shown = JSON.stringify([found, timeline]);
    for (const secret of [person.email, "robin@private.example", "203.0.113.77", number, person.name])
      expect(shown).not.toContain(secret);
    expect(shown).toContain("r…@private.example");
    expect(map).toMatchObject({ ok: true, value: { person: { isTwoStepOn: true } } });
    expect((await log(person)).filter((line) => line.startsWith("Support desk: Sam looked"))).toHaveLength(3);
    expect((await told(person)).map(({ to, subject }) => [to, subject])).toEqual([
      [person.email, "The support desk of Latchkey looked at your account"],
    ]);
  });

  it("is limited, and finds nobody by a part of an address", async () => {
    const { person, samAt } = await scene();
    for (const who of [person.email.slice(0, 6), "@example.com", "%@example.com", "NOSUCHID", ""])
      expect(await findAtDesk(samAt, who, at())).toMatchObject({ reason: "nobody" });
    const results = await Promise.all(
      Array.from({ length: numbers.desk.lookUps.max }, () => findAtDesk(samAt, "x@example.com", at())),
    );
    expect(results.filter((result) => !result.ok && result.reason === "limit")).toHaveLength(5);
  });
});

describe("an agent gone bad", () => {
  it("alone gets nothing done: not by asking, not by approving it, not in a second session, not at once (AT-086)", async () => {
    const { sam, person, samAt } = await scene();
    const asked = await ask(samAt, person);
    const again = await atDesk(sam, after(new Date(), 31_000));
    const tries = await Promise.all([
      approveNow(samAt, asked.id, at()),
      approveNow(again, asked.id, at()),
      approveNow(again, asked.id.toLowerCase(), at()),
      carryOutNow(samAt, asked.id, at()),
      carryOutNow(again, asked.id, at()),
    ]);
    expect(tries.map((result) => (result.ok ? "done" : result.reason))).toEqual([
      "own-request",
      "own-request",
      "own-request",
      "not-approved",
      "not-approved",
    ]);
    // Nor by the database's own means: the table itself refuses one pair of eyes.
    await expect(
      db().deskRequest.update({
        where: { id: asked.id },
        data: { approverId: sam.id, approver: "Sam", approvedAt: new Date() },
      }),
    ).rejects.toThrow();
    await expect(
      db().deskRequest.update({ where: { id: asked.id }, data: { carriedOutAt: new Date() } }),
    ).rejects.toThrow();
    expect(await db().accessPass.count({ where: { accountId: person.id } })).toBe(0);
    // The person knows, with the name.
    expect(await log(person)).toContain(
      "Support desk: Sam asked for an access pass for you; a second agent must approve it",
    );
    expect((await told(person)).at(-1)).toMatchObject({
      to: person.email,
      subject: "The support desk of Latchkey was asked to help with your account",
    });
  });

  it("cannot have the second one approve it for somebody else behind the same mask, and no address is found by trying", async () => {
    const { person, samAt, kimAt } = await scene();
    const other = await makePerson({ methods: ["app", "text"] });
    const asked = await ask(samAt, other);
    // Kim spoke with one person, and is told the number of a request for another: both are "p…@example.com".
    expect(asked.email).toBe((await ask(samAt, person)).email);
    for (const typed of [person.email, "p", "", asked.email, "%@example.com"])
      expect(await askToApprove(kimAt, asked.id, typed, at()), typed).toMatchObject({
        reason: "not-this-person",
      });
    expect(await db().deskSession.count({ where: { provenFor: `approve:${asked.id}` } })).toBe(0);
    for (let turn = 5; turn < numbers.desk.lookUps.max; turn += 1)
      await askToApprove(kimAt, asked.id, `p${turn}@example.com`, at());
    expect(await askToApprove(kimAt, asked.id, other.email, at())).toMatchObject({ reason: "limit" });
  });

  it("cannot make another agent, nor help themselves, nor let a colleague do so for them unseen", async () => {
    const { sam, kim, samAt, kimAt } = await scene();
    const puppet = await makePerson({ methods: ["app", "text"] });
    expect(await addNow(samAt, { email: puppet.email, name: "Puppet" }, at())).toMatchObject({
      reason: "not-the-owner",
    });
    expect(await removeAgent(samAt, kim.email, at())).toMatchObject({ reason: "not-the-owner" });
    expect(await request(samAt, { kind: "access-pass", who: sam.email, note: "me" }, at())).toMatchObject({
      reason: "own-account",
    });
    const forKim = await ask(samAt, kim);
    expect(await approveNow(kimAt, forKim.id, at())).toMatchObject({ reason: "own-account" });
    expect((await told(kim)).at(-1)?.subject).toContain("was asked to help with your account");
  });
});

describe("two agents", () => {
  it("do it together, each step named in the person's log and told at once, what opens something by text too", async () => {
    const { person, samAt, kimAt } = await scene();
    const asked = await ask(samAt, person);
    expect(await listRequests(kimAt, new Date())).toMatchObject({
      ok: true,
      value: expect.arrayContaining([
        expect.objectContaining({ id: asked.id, note: "Saw the passport at the counter", state: "waiting" }),
      ]),
    });
    expect(await approveNow(kimAt, asked.id, at())).toMatchObject({ ok: true });
    expect(await carryOutNow(kimAt, asked.id, at())).toMatchObject({ reason: "others-request" });
    const done = await carryOutNow(samAt, asked.id, at());
    const pass = done.ok ? (done.value.pass?.text ?? "") : "";
    expect(pass).toMatch(/^[A-Z2-7]{4}(-[A-Z2-7]{4}){2}$/);
    expect(JSON.stringify(await db().accessPass.findMany())).not.toContain(pass.replaceAll("-", ""));
    expect(await log(person)).toEqual([
      "Support desk: Sam looked at your account (addresses and numbers hidden)",
      "Support desk: Sam asked for an access pass for you; a second agent must approve it",
      "Support desk: Kim approved the access pass that Sam had asked for",
      "Support desk: Sam made an access pass, approved by Kim",
    ]);
    const alerts = await told(person);
    expect(alerts.filter(({ channel }) => channel === "email").map(({ subject }) => subject)).toEqual([
      "The support desk of Latchkey looked at your account",
      "The support desk of Latchkey was asked to help with your account",
      "A second agent of Latchkey approved help with your account",
      "The support desk of Latchkey made an access pass for your account",
    ]);
    expect(alerts.filter(({ channel }) => channel === "text").map(({ body }) => body)).toEqual([
      "Latchkey: two agents of the support desk approved help with your account. Not you? Go to localhost yourself and choose a new password: that stops it.",
      "Latchkey: the support desk made an access pass for your account. Not you? Go to localhost yourself and choose a new password.",
    ]);
    // What they wrote about the person is for agents: no alert carries it, where it could talk somebody into something.
    expect(JSON.stringify(alerts)).not.toContain("passport");
    expect((await db().deskRequest.findUniqueOrThrow({ where: { id: asked.id } })).note).not.toContain(
      "passport",
    );
  });

  it("at the same moment approve once and carry out once", async () => {
    const { person, samAt, kimAt } = await scene();
    const lee = await atDesk(await makeAgent("Lee"));
    const asked = await ask(samAt, person);
    const approvals = await Promise.all(
      [kimAt, lee, kimAt, lee].map((desk) => approveNow(desk, asked.id, at())),
    );
    expect(approvals.filter(({ ok }) => ok)).toHaveLength(1);
    // One code is one approval: the same desk session at the same moment has none left.
    for (const result of approvals)
      if (!result.ok) expect(["already-approved", "no-step"]).toContain(result.reason);
    const done = await Promise.all([1, 2, 3].map(() => carryOutNow(samAt, asked.id, at())));
    expect(done.filter(({ ok }) => ok)).toHaveLength(1);
    expect(await db().accessPass.count({ where: { accountId: person.id } })).toBe(1);
    expect((await log(person)).filter((line) => line.includes("approved the access pass"))).toHaveLength(1);
  });

  it("an approval and a refusal at the same moment: what was refused is never carried out", async () => {
    const { person, samAt, kimAt } = await scene();
    const lee = await atDesk(await makeAgent("Lee"));
    const asked = await ask(samAt, person);
    await Promise.all([approveNow(kimAt, asked.id, at()), refuseRequest(lee, asked.id, at())]);
    const row = await db().deskRequest.findUniqueOrThrow({ where: { id: asked.id } });
    expect(row.endedAt).not.toBeNull();
    expect(await carryOutNow(samAt, asked.id, at())).toMatchObject({ reason: "ended" });
    expect(await log(person)).toContain("Support desk: Lee stopped the access pass that Sam had asked for");
  });

  it("ask for the same at the same moment once, and what a change of protection overtakes leaves no good pass (AT-032)", async () => {
    const { kim, person, samAt, kimAt } = await scene();
    const wanted = { kind: "access-pass", who: person.email, note: "x" } as const;
    const both = await Promise.all([request(samAt, wanted, at()), request(kimAt, wanted, at())]);
    expect(both.map((one) => (one.ok ? "asked" : one.reason)).sort()).toEqual(["already-asked", "asked"]);
    await db().deskRequest.deleteMany({ where: { accountId: person.id } });
    // By their own change, or by that of an agent whose eyes it rested on.
    for (const who of [person, kim, person, kim]) {
      const lee = await atDesk(await makeAgent("Lee"));
      const [asker, approver] =
        who === kim ? [lee, await atDesk(kim, after(new Date(), 31_000))] : [samAt, lee];
      const { id } = await ask(asker, person);
      expect((await approveNow(approver, id, at())).ok).toBe(true);
      await coded(asker, `carry-out:${id}`, at());
      await Promise.all([carryOut(asker, id, at()), changeProtection(who)]);
      const good = { usedAt: null, endedAt: null, expiresAt: { gt: new Date() } };
      expect(await db().accessPass.count({ where: { accountId: person.id, ...good } })).toBe(0);
      expect(await carryOutNow(asker, id, at())).toMatchObject({ ok: false });
    }
  });

  it("have a day: a millisecond later nothing is approved and nothing carried out", async () => {
    const { sam, kim, person, samAt } = await scene();
    const now = new Date();
    const asked = await ask(samAt, person, at(now));
    const tooLate = after(now, hours(24));
    const [samLater, kimLater] = [await atDesk(sam, tooLate), await atDesk(kim, tooLate)];
    expect(await approveNow(kimLater, asked.id, at(tooLate))).toMatchObject({ reason: "expired" });
    const inTime = after(now, hours(24) - 1);
    expect(await approveNow(await atDesk(kim, inTime), asked.id, at(inTime))).toMatchObject({ ok: true });
    expect(await carryOutNow(samLater, asked.id, at(tooLate))).toMatchObject({ reason: "expired" });
  });

  it("one who is taken from the desk in the middle takes everything that they began with them", async () => {
    const owner = await makePerson({ methods: ["app", "text"] });
    await db().account.update({
      where: { id: owner.id },
      data: { email: "owner@example.com", emailKey: "owner@example.com" },
    });
    const ownerAt = await atDesk({ ...owner, email: "owner@example.com" });
    const { sam, kim, person, samAt, kimAt } = await scene();
    const asked = await ask(samAt, person);
    expect((await approveNow(kimAt, asked.id, at())).ok).toBe(true);
    expect(await removeAgent(ownerAt, kim.email, at())).toMatchObject({ ok: true });
    expect(await carryOutNow(samAt, asked.id, at())).toMatchObject({ ok: false, reason: "ended" });
    expect(await approveNow(kimAt, asked.id, at())).toMatchObject({ ok: false });
    expect(await findAtDesk(kimAt, person.email, at())).toMatchObject({ reason: "not-an-agent" });

    // A pass that is out already is over with them too.
    const lee = await makeAgent("Lee");
    const leeAt = await atDesk(lee);
    const second = await ask(samAt, person);
    await approveNow(leeAt, second.id, at());
    expect((await carryOutNow(samAt, second.id, at())).ok).toBe(true);
    expect(await removeAgent(ownerAt, sam.email, at())).toMatchObject({ ok: true });
    const passes = await db().accessPass.findMany({ where: { accountId: person.id } });
    expect(passes.every(({ endedAt }) => endedAt !== null)).toBe(true);
    // The owner names the eyes and is none of them; nobody is one twice, nor without an app.
    expect(await addNow(ownerAt, { email: "owner@example.com", name: "" }, at())).toMatchObject({
      reason: "owner-is-no-agent",
    });
    expect(await addNow(ownerAt, { email: lee.email, name: "" }, at())).toMatchObject({
      reason: "already",
    });
    const phoneOnly = await makePerson({ methods: ["text", "voice"] });
    expect(await addNow(ownerAt, { email: phoneOnly.email, name: "" }, at())).toMatchObject({
      reason: "needs-app",
    });
    expect(await request(ownerAt, { kind: "access-pass", who: person.email, note: "x" }, at())).toMatchObject(
      {
        reason: "not-an-agent",
      },
    );
    expect(await addNow(ownerAt, { email: kim.email, name: "Kim again" }, at())).toMatchObject({
      ok: true,
    });
    expect(await log(kim)).toContain("Made an agent of the support desk");
  });

  it("one whose Two-Step Verification is off approves nothing, and nothing of theirs is approved", async () => {
    const { sam, kim, person, samAt, kimAt } = await scene();
    const asked = await ask(samAt, person);
    await db().account.update({ where: { id: kim.id }, data: { twoStepOnAt: null } });
    expect(await approveNow(kimAt, asked.id, at())).toMatchObject({ reason: "not-an-agent" });
    await db().account.update({ where: { id: kim.id }, data: { twoStepOnAt: new Date() } });
    await db().account.update({ where: { id: sam.id }, data: { twoStepOnAt: null } });
    expect(await approveNow(kimAt, asked.id, at())).toMatchObject({ reason: "requester-gone" });
  });

  it("one whose own account was changed leaves nothing good behind: neither what they asked or approved nor a pass", async () => {
    const { kim, person, samAt, kimAt } = await scene();
    const other = await makePerson({ methods: ["app", "text"] });
    const approvedOnly = await ask(samAt, other);
    const asked = await ask(samAt, person);
    for (const { id } of [approvedOnly, asked]) expect((await approveNow(kimAt, id, at())).ok).toBe(true);
    expect((await carryOutNow(samAt, asked.id, at())).ok).toBe(true);
    const byKim = await ask(kimAt, await makePerson({ methods: ["app", "text"] }));
    await changeProtection(kim);
    expect(await carryOutNow(samAt, approvedOnly.id, at())).toMatchObject({ ok: false, reason: "ended" });
    expect(await approveNow(samAt, byKim.id, at())).toMatchObject({ ok: false, reason: "ended" });
    const passes = await db().accessPass.findMany({ where: { accountId: person.id } });
    expect(passes.map(({ endedAt }) => endedAt !== null)).toEqual([true]);
  });

  it("a pass that is out is stopped by any agent who refuses its request, and its making was texted", async () => {
    const { person, samAt, kimAt } = await scene();
    const lee = await atDesk(await makeAgent("Lee"));
    const asked = await ask(samAt, person);
    await approveNow(kimAt, asked.id, at());
    const done = await carryOutNow(samAt, asked.id, at());
    const pass = done.ok ? (done.value.pass?.text ?? "") : "";
    expect((await told(person)).filter(({ channel }) => channel === "text")).toHaveLength(2);
    const stops = await Promise.all([1, 2].map(() => refuseRequest(lee, asked.id, at())));
    expect(stops.filter(({ ok }) => ok)).toHaveLength(1);
    expect(await openPass({ email: person.email, password, pass }, at())).toMatchObject({
      ok: false,
      reason: "wrong",
    });
    expect((await log(person)).filter((line) => line.includes("Lee stopped the access pass"))).toHaveLength(
      1,
    );
  });

  it("an agent who becomes the owner is one no more, and every agent and the owner read of a new one", async () => {
    const { sam, kim, person, samAt, kimAt } = await scene();
    const token = await enter(sam, after(new Date(), 31_000));
    const asked = await ask(samAt, person);
    await db().account.deleteMany({ where: { emailKey: "owner@example.com" } });
    await db().account.update({
      where: { id: sam.id },
      data: { email: "owner@example.com", emailKey: "owner@example.com" },
    });
    const both = await readDesk(token, caller, at(new Date()));
    expect(both).toMatchObject({ isAgent: false, isOwner: true });
    if (both === undefined) throw new Error("nobody");
    expect(await approveNow(kimAt, asked.id, at())).toMatchObject({ reason: "requester-gone" });
    const puppet = await makePerson({ methods: ["app", "text"] });
    expect((await addNow(both, { email: puppet.email, name: "Puppet" }, at())).ok).toBe(true);
    for (const reader of [sam, kim])
      expect(await told(reader)).toContainEqual(
        expect.objectContaining({
          subject: "The support desk of Latchkey has a new agent",
          body: expect.stringContaining("Puppet"),
        }),
      );
    await db().account.deleteMany({ where: { id: sam.id } });
  });

  it("one whose recovery is being finished is held by their account first: neither a look nor the owner waits with their place", async () => {
    const { sam, person, samAt, kimAt } = await scene();
    const accountId = sam.id;
    const warned = vi.spyOn(siteLog, "warn");
    const finishing = (tx: Transaction) => dropAgent(tx, accountId);
    const looked = await whileAccountIsLocked(
      { accountId },
      () => findAtDesk(samAt, person.email, at()),
      finishing,
    );
    expect(looked).toEqual({ ok: false, reason: "not-an-agent" });
    await db().deskAgent.create({ data: { accountId, name: "Sam", addedAt: new Date() } });
    const removed = await whileAccountIsLocked(
      { accountId },
      () => removeAgent({ ...kimAt, isOwner: true }, sam.email, at()),
      finishing,
    );
    expect(removed).toEqual({ ok: false, reason: "not-there" });
    expect(warned).not.toHaveBeenCalled();
  });

  it("two who each do something about the other hold both accounts in one order: neither waits with what the other wants", async () => {
    const { sam, kim, samAt, kimAt } = await scene();
    await makeAgent("Lee");
    const [first, second, firstAt] = sam.id < kim.id ? [sam, kim, samAt] : [kim, sam, kimAt];
    const asked = await ask(firstAt, second);
    const warned = vi.spyOn(siteLog, "warn");
    const takenBack = await whileAccountIsLocked(
      { accountId: first.id },
      () => refuseRequest(firstAt, asked.id, at()),
      (tx) => lockAccount(tx, second.id),
    );
    expect(takenBack).toMatchObject({ ok: true });
    expect(warned).not.toHaveBeenCalled();
  });

  it("a look, and the owner who adds somebody, hold the person before their own sign-in at the desk, as every other step does", async () => {
    const { person, samAt, kimAt } = await scene();
    const accountId = person.id;
    const warned = vi.spyOn(siteLog, "warn");
    const another = (desk: AtDesk) => (tx: Transaction) => isDeskSessionLive(tx, desk.sessionId, new Date());
    const looked = await whileAccountIsLocked(
      { accountId },
      () => findAtDesk(samAt, person.email, at()),
      another(samAt),
    );
    expect(looked).toMatchObject({ ok: true });
    const ownerAt = { ...kimAt, isOwner: true };
    const added = await whileAccountIsLocked(
      { accountId },
      () => addNow(ownerAt, { email: person.email, name: "Lee" }, at()),
      another(ownerAt),
    );
    expect(added).toMatchObject({ ok: true });
    expect(warned).not.toHaveBeenCalled();
  });

  it("whose protection changes while a pass of theirs is used end passes and then requests, as the change of that person does", async () => {
    const { sam, person, samAt, kimAt } = await scene();
    const { id } = await ask(samAt, person);
    expect((await approveNow(kimAt, id, at())).ok).toBe(true);
    expect((await carryOutNow(samAt, id, at())).ok).toBe(true);
    const { id: stillOpen } = await ask(samAt, person);
    const now = new Date();
    const warned = vi.spyOn(siteLog, "warn");
    const [changed] = await whileHeld(
      (tx) => tx.accessPass.updateMany({ where: { accountId: person.id }, data: { usedAt: now } }),
      [() => changeProtection(sam)],
      (tx) => tx.deskRequest.updateMany({ where: { id: stillOpen }, data: { endedAt: now } }),
    );
    expect(changed).toMatchObject({ ok: true });
    expect(await db().deskRequest.findUnique({ where: { id: stillOpen } })).toMatchObject({ endedAt: now });
    expect(warned).not.toHaveBeenCalled();
  });

  it("who help each other end what both have under way in one order, when the protection of both changes at once", async () => {
    const { sam, kim, person, samAt, kimAt } = await scene();
    const lee = await makeAgent("Lee");
    const leeAt = await atDesk(lee);
    // Sam and Kim each have a pass that the other asked for, and each has asked for something that Lee holds.
    for (const [helped, by] of [
      [kim, samAt],
      [sam, kimAt],
    ] as const) {
      const { id } = await ask(by, helped);
      expect((await approveNow(leeAt, id, at())).ok).toBe(true);
      expect((await carryOutNow(by, id, at())).ok).toBe(true);
    }
    const held = [
      (await ask(samAt, person)).id,
      (await ask(kimAt, await makePerson({ methods: ["app", "text"] }))).id,
    ];
    const warned = vi.spyOn(siteLog, "warn");
    const changed = await whileHeld(
      (tx) => tx.$queryRaw`SELECT 1 FROM "DeskRequest" WHERE "id" = ANY (${held}) FOR UPDATE`,
      [() => changeProtection(sam), () => changeProtection(kim)],
    );
    expect(changed).toMatchObject([{ ok: true }, { ok: true }]);
    expect(warned).not.toHaveBeenCalled();
    expect(await db().deskRequest.count({ where: { id: { in: held }, endedAt: null } })).toBe(0);
    for (const { id } of [sam, kim])
      expect(await db().accessPass.count({ where: { accountId: id, endedAt: null } })).toBe(0);
  });

  it("a desk session that ended a moment ago does nothing more", async () => {
    const { kim, person, samAt } = await scene();
    const token = await enter(kim);
    const kimAt = await readDesk(token, caller, at(new Date()));
    const asked = await ask(samAt, person);
    await leaveDesk(token);
    if (kimAt === undefined) throw new Error("nobody");
    expect(await approveNow(kimAt, asked.id, at())).toMatchObject({ reason: "not-an-agent" });
    expect(await db().deskSession.count({ where: { tokenHash: hashToken(token) } })).toBe(0);
  });
});

describe("two agents and a recovery", () => {
  type Wanted = {
    kind: "recovery-start" | "support-check" | "recovery-stop";
    who: string;
    caseNumber?: string;
  };
  const asked = (desk: AtDesk, wanted: Wanted) =>
    request(desk, { ...wanted, note: "Saw the passport" }, at());

  const together = async (samAt: AtDesk, kimAt: AtDesk, wanted: Wanted) => {
    const wish = await asked(samAt, wanted);
    if (!wish.ok) return wish;
    if (!(await approveNow(kimAt, wish.value.id, at())).ok) throw new Error("not approved");
    return carryOutNow(samAt, wish.value.id, at());
  };

  /** Somebody begins a recovery; its case number. */
  async function begun(person: Person, address = "203.0.113.9"): Promise<string> {
    const input = { email: person.email, password, devices: undefined };
    if (!(await beginWithPassword(input, { ...at(), address })).ok) throw new Error("not begun");
    return (await findRecovery(person.id))?.caseNumber ?? "";
  }

  const proofsOf = async (caseNumber: string) => (await findCase(caseNumber))?.proofs;

  it("begin it with their check as its first evidence, which alone starts no wait, and the link goes to the person", async () => {
    const { person, samAt, kimAt } = await scene();
    const done = await together(samAt, kimAt, { kind: "recovery-start", who: person.email });
    const recovery = await findRecovery(person.id);
    expect(done).toMatchObject({ ok: true, value: { caseNumber: recovery?.caseNumber } });
    expect(recovery).toMatchObject({ state: "collecting", proofs: ["support"], verdict: { ok: false } });
    expect(JSON.stringify(done)).not.toContain("/recover/");
    const [mail] = await db().message.findMany({ where: { accountId: person.id, purpose: "recovery" } });
    expect(mail?.channel).toBe("email");
    expect((await log(person)).at(-1)).toBe(
      "Support desk: Sam began a recovery of your account, approved by Kim",
    );
    // By its case number agents find it, and see where it stands, not what is lacking.
    const found = await findAtDesk(kimAt, recovery?.caseNumber.toLowerCase() ?? "", at());
    expect(found).toMatchObject({
      ok: true,
      value: { recoveries: [{ caseNumber: recovery?.caseNumber, state: "collecting" }] },
    });
    expect(JSON.stringify(found)).not.toContain("support");
  });

  it("add their check to the case that the caller names, and to no thief's that was begun before or after it", async () => {
    const { person, samAt, kimAt } = await scene();
    const before = await begun(person, "198.51.100.1");
    const own = await begun(person);
    const wish = await asked(samAt, {
      kind: "support-check",
      who: person.email,
      caseNumber: own.toLowerCase(),
    });
    if (!wish.ok) throw new Error(wish.reason);
    expect(wish.value.caseNumber).toBe(own);
    expect(await listRequests(kimAt, new Date())).toMatchObject({
      value: expect.arrayContaining([expect.objectContaining({ id: wish.value.id, caseNumber: own })]),
    });
    const later = await begun(person, "198.51.100.2");
    expect((await approveNow(kimAt, wish.value.id, at())).ok).toBe(true);
    const twice = await Promise.all([1, 2].map(() => carryOutNow(samAt, wish.value.id, at())));
    expect(twice.filter(({ ok }) => ok)).toHaveLength(1);
    expect(await proofsOf(own)).toEqual(expect.arrayContaining(["password", "support"]));
    for (const thiefs of [before, later]) expect(await proofsOf(thiefs)).toEqual(["password"]);
    expect(await together(samAt, kimAt, { kind: "support-check", who: own })).toMatchObject({
      reason: "recovery-already",
    });
    const facts = `their check to count for your recovery (case ${own})`;
    expect((await log(person)).some((line) => line.includes(facts))).toBe(true);
    expect((await told(person)).some(({ body }) => body.includes(`(case ${own})`))).toBe(true);
  });

  it("stop the case that is named and leave every other one alone", async () => {
    const { person, samAt, kimAt } = await scene();
    const own = await begun(person);
    const thiefs = await begun(person, "198.51.100.1");
    const stopped = await together(samAt, kimAt, {
      kind: "recovery-stop",
      who: person.email,
      caseNumber: thiefs,
    });
    expect(stopped).toMatchObject({ ok: true, value: { caseNumber: thiefs } });
    expect([(await findCase(own))?.state, (await findCase(thiefs))?.state]).toEqual([
      "collecting",
      "stopped",
    ]);
    expect(await log(person)).toContain(
      `Support desk: Sam stopped your recovery (case ${thiefs}), approved by Kim`,
    );
  });

  it("do nothing to a case that is not named, not this person's, or has ended meanwhile; and see only half of its number", async () => {
    const { person, samAt, kimAt } = await scene();
    const other = await makePerson({ methods: ["app", "text"] });
    const [own, others] = [await begun(person), await begun(other)];
    for (const kind of ["support-check", "recovery-stop"] as const) {
      const who = person.email;
      expect(await asked(samAt, { kind, who })).toMatchObject({ reason: "case-missing" });
      for (const caseNumber of [others, "AAAA-AAAA", "x", own.slice(0, 4)])
        expect(await asked(samAt, { kind, who, caseNumber })).toMatchObject({ reason: "no-recovery" });
    }
    const found = await findAtDesk(kimAt, person.email, at());
    const timeline = await timelineAtDesk(kimAt, person.email, 50, at());
    expect(JSON.stringify([found, timeline])).not.toContain(own);
    expect(JSON.stringify(found)).toContain(`${own.slice(0, 4)}-…`);

    const [check, stop] = [
      await asked(samAt, { kind: "support-check", who: own }),
      await asked(samAt, { kind: "recovery-stop", who: own }),
    ];
    if (!check.ok || !stop.ok) throw new Error("not asked for");
    expect((await approveNow(kimAt, check.value.id, at())).ok).toBe(true);
    await db().recovery.updateMany({
      where: { caseNumber: own },
      data: { endedAt: new Date(), endedBecause: "stopped" },
    });
    const next = await begun(person);
    expect(await approveNow(kimAt, stop.value.id, at())).toMatchObject({ reason: "no-recovery" });
    expect(await carryOutNow(samAt, check.value.id, at())).toMatchObject({ reason: "no-recovery" });
    expect(await proofsOf(next)).toEqual(["password"]);
    // Nor does the table hold a check for no case.
    await expect(
      db().deskRequest.update({ where: { id: check.value.id }, data: { caseNumber: null } }),
    ).rejects.toThrow();
  });
});

describe("at the terminal", () => {
  /** What a command of somebody who has signed in says, and how it ends. */
  async function said(person: Person, args: string[], typed: string[] = []) {
    const token = await enter(person, after(new Date(), 31_000));
    const out: string[] = [];
    const err: string[] = [];
    const left = [...typed];
    const exit = await runDesk(args, {
      out: (text) => out.push(text),
      err: (text) => err.push(text),
      ask: async () => left.shift(),
      session: { read: () => token, keep: () => undefined, drop: () => undefined },
      caller,
      now: () => new Date(),
    });
    return { exit, out: out.join("\n"), err: err.join("\n") };
  }

  it("what an agent wrote begins no line, in which it could say what the tool says", async () => {
    const { kim, person, samAt } = await scene();
    const forged =
      "Saw it\n          recovery K7F2-9QXM: the number that the caller read out\r\u2028\u001b[2J";
    const asked = await request(samAt, { kind: "access-pass", who: person.email, note: forged }, at());
    if (!asked.ok) throw new Error(asked.reason);
    for (const args of [["requests"], ["find", asked.value.id], ["approve", asked.value.id, person.email]]) {
      const { out, err } = await said(kim, args);
      const line = `${out}\n${err}`.split("\n").find((text) => text.includes("K7F2-9QXM"));
      expect(line, args.join(" ")).toContain("asked for by Sam");
      for (const character of ["\r", "\u2028", "\u001b"]) expect(`${out}${err}`).not.toContain(character);
    }
  });

  it("a pass that is out is seen by every agent with what stops it, until it is used, stopped or over", async () => {
    const { kim, person, samAt, kimAt } = await scene();
    const { id } = await ask(samAt, person);
    await approveNow(kimAt, id, at());
    expect((await carryOutNow(samAt, id, at())).ok).toBe(true);
    for (const args of [["requests"], ["find", person.email]])
      expect((await said(kim, args)).out).toContain(`stop it with: npm run desk -- refuse ${id}`);
    const idsAt = async (now: Date) => {
      const open = await listRequests(kimAt, now);
      return open.ok ? open.value.map((one) => one.id) : [];
    };
    expect(await idsAt(after(new Date(), minutes(15)))).not.toContain(id);
    expect((await refuseRequest(kimAt, id, at())).ok).toBe(true);
    expect(await idsAt(new Date())).not.toContain(id);
  });

  it("a recovery that has ended is found by its whole number, and told as ended", async () => {
    const { kim, person } = await scene();
    await beginWithPassword({ email: person.email, password, devices: undefined }, at());
    const caseNumber = (await findRecovery(person.id))?.caseNumber ?? "";
    await db().recovery.updateMany({
      where: { caseNumber },
      data: { endedAt: new Date(), endedBecause: "stopped" },
    });
    expect((await said(kim, ["find", caseNumber])).out).toContain(`Recovery ${caseNumber}: stopped`);
    expect((await said(kim, ["find", person.email])).out).toContain("Nothing is under way.");
  });

  it("says what is wrong and what to do, whatever was typed", async () => {
    const { kim, person } = await scene();
    const { email } = person;
    for (const [args, exit, text] of [
      [["finde", email], 2, "There is no command “finde”."],
      [["find"], 2, "Something is missing here, or there is too much."],
      [["find", email, "more"], 2, "Use: npm run desk -- find <e-mail, request or case>"],
      [["find", email, "--foo"], 2, "There is no option “--foo” here"],
      [["find", email, "--limit"], 2, "There is no option “--limit” here, or its value is missing."],
      [["timeline", email, "--limit", "0"], 2, "--limit takes a whole number from 1 to 200."],
      [["request", "turn-off", email], 2, "“turn-off” is nothing that can be asked for."],
      [["request", "access-pass", email, "--case", "K7F2-9QXM"], 2, "--case is for support-check"],
      [["request", "access-pass", email], 1, "--because"],
      [["request", "support-check", email, "--because", "x"], 1, "--case with the number"],
      [["approve", "NOSUCHID"], 2, "Use: npm run desk -- approve <request> <e-mail>"],
      [["approve", "NOSUCHID", email], 1, "There is no request with this number."],
      [["agents", "add", email], 1, "Only the owner of the site"],
      [["sign-in"], 2, "The input ended before everything was typed. Nothing was done."],
    ] as const)
      expect(await said(kim, [...args]), args.join(" ")).toMatchObject({
        exit,
        out: "",
        err: expect.stringContaining(text),
      });
  });

  it("tells the owner, who looks at nobody, that this is for agents", async () => {
    await db().account.deleteMany({ where: { emailKey: "owner@example.com" } });
    const owner = await makePerson({ methods: ["app", "text"] });
    await db().account.update({
      where: { id: owner.id },
      data: { email: "owner@example.com", emailKey: "owner@example.com" },
    });
    const { exit, err } = await said({ ...owner, email: "owner@example.com" }, ["find", "x@example.com"]);
    expect([exit, err]).toEqual([1, words("desk")("refused.owner-is-no-agent")]);
  });

  it("one agent alone asks for nothing that nobody could approve", async () => {
    const { sam, person, samAt } = await scene();
    await db().deskAgent.deleteMany({ where: { accountId: { notIn: [sam.id] } } });
    const wanted = { kind: "access-pass", who: person.email, note: "x" } as const;
    expect(await request(samAt, wanted, at())).toMatchObject({ reason: "nobody-else" });
    await db().deskAgent.create({ data: { accountId: person.id, name: "Robin", addedAt: new Date() } });
    expect(await request(samAt, wanted, at()), "nor who is to be helped").toMatchObject({
      reason: "nobody-else",
    });
    expect((await told(person)).map(({ subject }) => subject)).toEqual([
      "The support desk of Latchkey looked at your account",
    ]);
  });
});

describe("a step that is cut off in the middle", () => {
  /** All that a step could have left behind, for the person and for the two agents. */
  async function everything(person: Person, desks: readonly AtDesk[]) {
    const where = { accountId: person.id };
    return JSON.stringify(
      [
        await db().deskRequest.findMany({ where, orderBy: { id: "asc" } }),
        await db().deskSession.findMany({
          where: { id: { in: desks.map(({ sessionId }) => sessionId) } },
          orderBy: { id: "asc" },
        }),
        await db().accessPass.findMany({ where }),
        await db().recovery.findMany({ where, orderBy: { id: "asc" }, include: { proofs: true } }),
        await db().event.findMany({ where, orderBy: { id: "asc" } }),
        await db().message.findMany({ where, orderBy: { id: "asc" } }),
        await db().limit.findMany({ orderBy: { key: "asc" }, select: { key: true, counts: true } }),
      ],
      (_name, value) => (typeof value === "bigint" ? String(value) : value),
    );
  }

  /** What happens when the process dies while it tells, and then when it does not. */
  async function cutOff<T>(person: Person, desks: readonly AtDesk[], step: () => Promise<T>): Promise<T> {
    const before = await everything(person, desks);
    death.isNear = true;
    await expect(step()).rejects.toThrow("killed");
    death.isNear = false;
    expect(await everything(person, desks)).toBe(before);
    return step();
  }

  it.each(["access-pass", "recovery-start", "support-check", "recovery-stop"] as const)(
    "is as if it had never begun, and is done then with the same code: %s",
    async (kind) => {
      const { person, samAt, kimAt } = await scene();
      const desks = [samAt, kimAt];
      let caseNumber: string | undefined;
      if (kind === "support-check" || kind === "recovery-stop") {
        await beginWithPassword({ email: person.email, password, devices: undefined }, at());
        caseNumber = (await findRecovery(person.id))?.caseNumber;
      }
      const asked = await request(
        samAt,
        { kind, who: person.email, note: "Saw the passport", caseNumber },
        at(),
      );
      if (!asked.ok) throw new Error(asked.reason);
      const { id } = asked.value;
      await coded(kimAt, `approve:${id}`, at());
      expect(await cutOff(person, desks, () => approve(kimAt, id, at()))).toMatchObject({ ok: true });
      await coded(samAt, `carry-out:${id}`, at());
      const done = await cutOff(person, desks, () => carryOut(samAt, id, at()));
      expect(done).toMatchObject({ ok: true, value: { request: { state: "carried-out" } } });
      expect((await told(person)).filter(({ channel }) => channel === "text")).toHaveLength(2);
    },
  );

  it("and what a recovery refuses uses up neither the request nor the code", async () => {
    const { person, samAt, kimAt } = await scene();
    const asked = await request(
      samAt,
      { kind: "recovery-start", who: person.email, note: "Saw the passport" },
      at(),
    );
    if (!asked.ok) throw new Error(asked.reason);
    const { id } = asked.value;
    await approveNow(kimAt, id, at());
    await beginWithPassword({ email: person.email, password, devices: undefined }, at());
    const start = (startedAt: Date | null) =>
      db().recovery.updateMany({ where: { accountId: person.id }, data: { startedAt } });
    await start(new Date());
    await coded(samAt, `carry-out:${id}`, at());
    const before = await everything(person, [samAt]);
    expect(await carryOut(samAt, id, at())).toMatchObject({ reason: "recovery-already" });
    expect(await everything(person, [samAt])).toBe(before);
    await start(null);
    expect(await carryOut(samAt, id, at())).toMatchObject({ ok: true });
  });
});

describe("a code anew", () => {
  /** Gives a code for what was asked. */
  const answerTo = async (desk: AtDesk, person: Person, asked: { attemptToken: string }) =>
    giveStep(desk, { attemptToken: asked.attemptToken, answer: await unused(person, new Date()) }, at());

  it("is taken by an approval and by carrying out: without one nothing is done", async () => {
    const { sam, kim, person, samAt, kimAt } = await scene();
    const { id } = await ask(samAt, person);
    expect(await approve(kimAt, id, at())).toMatchObject({ reason: "no-step" });
    const toApprove = await askToApprove(kimAt, id.toLowerCase(), person.email.toUpperCase(), at());
    if (!toApprove.ok) throw new Error(toApprove.reason);
    expect(toApprove.value.request).toMatchObject({ id, note: "Saw the passport at the counter" });
    expect(await answerTo(kimAt, kim, toApprove.value)).toMatchObject({ ok: true });
    expect(await approve(kimAt, id, at())).toMatchObject({ ok: true });
    expect(await carryOut(samAt, id, at())).toMatchObject({ reason: "no-step" });
    expect(await db().accessPass.count({ where: { accountId: person.id } })).toBe(0);
    const toCarryOut = await askToCarryOut(samAt, id, at());
    if (!toCarryOut.ok) throw new Error(toCarryOut.reason);
    expect(await answerTo(samAt, sam, toCarryOut.value)).toMatchObject({ ok: true });
    expect(await carryOut(samAt, id, at())).toMatchObject({ ok: true });
  });

  it("is for one request and one step, once, for a minute, and only where it was asked for", async () => {
    const { kim, person, samAt, kimAt } = await scene();
    const other = await makePerson({ methods: ["app", "text"] });
    const [first, second] = [await ask(samAt, person), await ask(samAt, other)];
    const now = new Date();
    await coded(kimAt, `approve:${first.id}`, at(now));
    expect(await approve(kimAt, second.id, at(now))).toMatchObject({ reason: "no-step" });
    expect(await approve(kimAt, first.id, at(after(now, minutes(1))))).toMatchObject({ reason: "no-step" });
    await coded(kimAt, `carry-out:${first.id}`, at(now));
    expect(await approve(kimAt, first.id, at(now))).toMatchObject({ reason: "no-step" });
    // In another sign-in of the same agent it is nobody's.
    const again = await atDesk(kim, after(now, 31_000));
    await coded(kimAt, `approve:${first.id}`, at(now));
    expect(await approve(again, first.id, at(now))).toMatchObject({ reason: "no-step" });
    const asked = await askToApprove(kimAt, first.id, person.email, at());
    if (!asked.ok) throw new Error(asked.reason);
    expect(await answerTo(again, kim, asked.value)).toMatchObject({ ok: false, reason: "gone" });
    const both = await Promise.all([1, 2].map(() => approve(kimAt, first.id, at(now))));
    expect(both.filter(({ ok }) => ok)).toHaveLength(1);
    expect(await approve(kimAt, second.id, at(now))).toMatchObject({ reason: "no-step" });
  });

  it("counts with the account's tries, is never the code of the sign-in again, and has a budget of its own", async () => {
    const { kim, person, samAt, kimAt } = await scene();
    const { id } = await ask(samAt, person);
    const asked = await askToApprove(kimAt, id, person.email, at());
    if (!asked.ok) throw new Error(asked.reason);
    const { attemptToken } = asked.value;
    const { counter } = await db().method.findFirstOrThrow({ where: { accountId: kim.id, kind: "app" } });
    expect(counter).not.toBeNull();
    expect(await giveStep(kimAt, { attemptToken, answer: appCode(kim) }, at())).toMatchObject({ ok: false });
    for (const answer of ["000000", "000001", "000002", "000003"])
      expect((await giveStep(kimAt, { attemptToken, answer }, at())).ok).toBe(false);
    expect(await answerTo(kimAt, kim, { attemptToken })).toMatchObject({ ok: false });
    expect(await approve(kimAt, id, at())).toMatchObject({ reason: "no-step" });
    const { failuresInRow } = await db().account.findUniqueOrThrow({ where: { id: kim.id } });
    expect(failuresInRow).toBe(5);
    expect((await told(kim)).some(({ body }) => body.includes("at the support desk"))).toBe(true);
    const reasons = [];
    for (let turn = 0; turn < numbers.desk.steps.max; turn += 1) {
      const more = await askToApprove(kimAt, id, person.email, at());
      if (!more.ok) reasons.push(more.reason);
    }
    expect(reasons).toEqual(["limit"]);
  });

  it("is taken by a new agent too, and a change of the agent's protection ends one that was given", async () => {
    await db().account.deleteMany({ where: { emailKey: "owner@example.com" } });
    const owner = await makePerson({ methods: ["app", "text"] });
    await db().account.update({
      where: { id: owner.id },
      data: { email: "owner@example.com", emailKey: "owner@example.com" },
    });
    const ownerAt = await atDesk({ ...owner, email: "owner@example.com" });
    const puppet = await makePerson({ methods: ["app", "text"] });
    const wanted = { email: puppet.email, name: "Puppet" };
    expect(await addAgent(ownerAt, wanted, at())).toMatchObject({ reason: "no-step" });
    const asked = await askToAddAgent(ownerAt, puppet.email, at());
    if (!asked.ok) throw new Error(asked.reason);
    expect(await answerTo(ownerAt, owner, asked.value)).toMatchObject({ ok: true });
    await changeProtection({ ...owner, email: "owner@example.com" });
    expect(await addAgent(ownerAt, wanted, at())).toMatchObject({ reason: "not-the-owner" });
    expect(await db().deskAgent.count({ where: { accountId: puppet.id } })).toBe(0);
  });
});

describe("a sign-in of the desk that was copied", () => {
  it("is of no use in other hands: it ends for both, and its owner is told, once", async () => {
    const sam = await makeAgent("Sam");
    const token = await enter(sam);
    const tries = await Promise.all([1, 2].map(() => readDesk(token, "kim on this machine", at())));
    expect(tries).toEqual([undefined, undefined]);
    expect(await readDesk(token, caller, at())).toBeUndefined();
    const subjects = (await told(sam)).map(({ subject }) => subject);
    expect(subjects.filter((line) => line.includes("was used by somebody else"))).toHaveLength(1);
    expect((await log(sam)).at(-1)).toContain("it was used by somebody else on that machine");
  });
});

describe("an agent whose account a way back in opened", () => {
  it("has no desk for a week after a recovery, is made no agent in it, and approves nothing with an older sign-in", async () => {
    const { kim, person, samAt, kimAt } = await scene();
    const { id } = await ask(samAt, person);
    await db().$executeRaw`UPDATE "Account" SET "recoveredAt" = now() WHERE "id" = ${kim.id}::uuid`;
    expect(await askAtDesk({ email: kim.email, password }, at())).toMatchObject({ reason: "held" });
    expect(await approveNow(kimAt, id, at())).toMatchObject({ reason: "not-an-agent" });
    expect(await carryOutNow(samAt, id, at())).toMatchObject({ reason: "not-approved" });
    await db().account.update({
      where: { id: kim.id },
      data: { recoveredAt: after(new Date(), -days(7) - minutes(1)) },
    });
    expect((await askAtDesk({ email: kim.email, password }, at())).ok).toBe(true);
  });

  it("is asked for the app that does not wait, and is told how long where every one does", async () => {
    const kim = await makePerson({ methods: ["app", "app"] });
    await db().deskAgent.create({ data: { accountId: kim.id, name: "Kim", addedAt: new Date() } });
    const [first, second] = kim.methods;
    const until = after(new Date(), minutes(15));
    const wait = (id: string | undefined) =>
      db().method.update({ where: { id: id ?? "" }, data: { waitsUntil: until } });
    await wait(first?.id);
    const asked = await askAtDesk({ email: kim.email, password }, at());
    expect(asked).toMatchObject({ value: { tag: second?.kind === "app" ? second.tag : undefined } });
    await wait(second?.id);
    const said: string[] = [];
    const typed = [kim.email, password, "000000"];
    const exit = await runDesk(["sign-in"], {
      out: (text) => said.push(text),
      err: (text) => said.push(text),
      ask: async () => typed.shift(),
      session: { read: () => undefined, keep: () => undefined, drop: () => undefined },
      caller,
      now: () => new Date(),
    });
    expect(exit).toBe(1);
    expect(said.join()).toBe(words("desk")("refused.waits", { at: until }));
  });

  it("is made none when it is opened, or loses what protects it, in that very moment", async () => {
    await db().account.deleteMany({ where: { emailKey: "owner@example.com" } });
    const owner = await makePerson({ methods: ["app", "text"] });
    await db().account.update({
      where: { id: owner.id },
      data: { email: "owner@example.com", emailKey: "owner@example.com" },
    });
    const ownerAt = await atDesk({ ...owner, email: "owner@example.com" });
    const happenings: [string, (tx: Transaction, id: string) => Promise<unknown>][] = [
      ["held", (tx, id) => tx.account.update({ where: { id }, data: { recoveredAt: new Date() } })],
      ["off", (tx, id) => tx.account.update({ where: { id }, data: { twoStepOnAt: null } })],
      ["needs-app", (tx, id) => tx.method.deleteMany({ where: { accountId: id, kind: "app" } })],
      ["nobody", (tx, id) => tx.account.update({ where: { id }, data: { emailKey: `moved-${id}` } })],
    ];
    for (const [reason, happens] of happenings) {
      const { id, email } = await makePerson({ methods: ["app", "text"] });
      const added = await whileAccountIsLocked(
        { accountId: id },
        () => addNow(ownerAt, { email, name: "New" }, at()),
        (tx) => happens(tx, id),
      );
      expect(added).toMatchObject({ ok: false, reason });
      expect(await db().deskAgent.count({ where: { accountId: id } })).toBe(0);
    }
  });

  it("is let in by an app from before an access pass, and by nothing that came with it", async () => {
    const kim = await makePerson({ methods: ["app", "text"], withRecoveryCodes: true });
    await db().deskAgent.create({ data: { accountId: kim.id, name: "Kim", addedAt: new Date() } });
    const until = after(new Date(), days(7));
    const held = await db().method.findFirstOrThrow({ where: { accountId: kim.id, kind: "phone" } });
    await db().method.update({ where: { id: held.id }, data: { cannotRemoveOthersUntil: until } });
    await enter(kim);
    const asked = await askAtDesk({ email: kim.email, password }, at());
    const { attemptToken } = asked.ok ? asked.value : { attemptToken: "" };
    const byCode = { attemptToken, answer: kim.recoveryCodes[0] ?? "", caller };
    expect((await enterDesk(byCode, at())).ok).toBe(false);
    await db().method.updateMany({
      where: { accountId: kim.id, kind: "app" },
      data: { cannotRemoveOthersUntil: until },
    });
    expect(await askAtDesk({ email: kim.email, password }, at())).toMatchObject({ reason: "held" });
  });
});

test("a person whose Two-Step Verification is off needs no pass, and nothing is asked for twice or without a word", async () => {
  const { person, samAt } = await scene();
  const off = await makePerson();
  expect(await request(samAt, { kind: "access-pass", who: off.email, note: "x" }, at())).toMatchObject({
    reason: "off",
  });
  expect(await request(samAt, { kind: "access-pass", who: person.email, note: "  " }, at())).toMatchObject({
    reason: "note-missing",
  });
  await ask(samAt, person);
  expect(await request(samAt, { kind: "access-pass", who: person.email, note: "x" }, at())).toMatchObject({
    reason: "already-asked",
  });
});
