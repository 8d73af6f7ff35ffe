import { afterAll, beforeEach, describe, expect, it, test, vi } from "vitest";
import { makeAgent } from "@/e2e/fixtures/desk";
import { appCode, makePerson, type Person, password } from "@/e2e/fixtures/people";
import { type EventKind, eventSentence } from "@/lib/activity";
import { closePool, db } from "@/lib/db";
import { after, hours, minutes } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import { ok } from "@/lib/kernel/result";
import { hashToken, open } from "@/lib/kernel/secrets";
import type { Visit } from "@/lib/kernel/visit";
import { securityChange } from "@/lib/proof";
import { beginWithPassword, findRecovery } from "@/lib/recovery";
import { answer, begin } from "@/lib/sign-in";
import {
  type AtDesk,
  addAgent,
  approve,
  askAtDesk,
  carryOut,
  enterDesk,
  findAtDesk,
  leaveDesk,
  listRequests,
  lockoutAtDesk,
  openPass,
  readDesk,
  refuseRequest,
  removeAgent,
  request,
  timelineAtDesk,
} from ".";

vi.mock("@/lib/kernel/site", async (original) => ({
  ...(await original<typeof import("@/lib/kernel/site")>()),
  deskOwner: () => "Owner@example.com",
}));

const at = (now = new Date()): Visit => ({ now, address: "127.0.0.1", browser: "Support desk" });
afterAll(closePool);
beforeEach(async () => {
  await db().limit.deleteMany();
});

const unused = async (person: Person, now: Date): Promise<string> => {
  await db().method.updateMany({ where: { accountId: person.id }, data: { counter: null } });
  return appCode(person, now);
};

/** The token of somebody who proves themselves at the desk. */
async function enter(person: Person, now = new Date()): Promise<string> {
  const asked = await askAtDesk({ email: person.email, password }, at(now));
  if (!asked.ok) throw new Error(asked.reason);
  const { attemptToken } = asked.value;
  const entered = await enterDesk({ attemptToken, answer: await unused(person, now) }, at(now));
  if (!entered.ok) throw new Error(entered.reason);
  return entered.value.token;
}

async function atDesk(person: Person, now = new Date()): Promise<AtDesk> {
  const desk = await readDesk(await enter(person, now), now);
  if (desk === undefined) throw new Error("nobody");
  return desk;
}

/** Two agents who have proven themselves, and somebody to help. */
async function scene() {
  const [sam, kim] = await Promise.all([makeAgent("Sam"), makeAgent("Kim")]);
  const person = await makePerson({ methods: ["app", "text"], withRecoveryCodes: true });
  return { sam, kim, person, samAt: await atDesk(sam), kimAt: await atDesk(kim) };
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
    expect(await readDesk(token, now)).toMatchObject({ name: "Sam", isAgent: true, isOwner: false });
    expect(await readDesk(token, after(now, minutes(15) - 1))).toBeDefined();
    expect(await readDesk(token, after(now, minutes(15)))).toBeUndefined();
    expect(await db().session.count({ where: { accountId: sam.id } })).toBe(0);
    expect((await db().deskSession.findMany()).map(({ tokenHash }) => tokenHash)).not.toContain(token);
    expect((await told(sam)).map(({ subject }) => subject)).toEqual([
      "You signed in to the support desk of Latchkey",
    ]);
    await leaveDesk(token);
    expect(await readDesk(token, now)).toBeUndefined();
  });

  it("takes a recovery code, once, and no session of the site opens the desk", async () => {
    const sam = await makePerson({ methods: ["app", "text"], withRecoveryCodes: true });
    await db().deskAgent.create({ data: { accountId: sam.id, name: "Sam", addedAt: new Date() } });
    const code = sam.recoveryCodes[0] ?? "";
    const codes = await Promise.all(
      [1, 2].map(async () => {
        const asked = await askAtDesk({ email: sam.email, password }, at());
        return asked.ok ? enterDesk({ attemptToken: asked.value.attemptToken, answer: code }, at()) : asked;
      }),
    );
    expect(codes.filter(({ ok }) => ok)).toHaveLength(1);
    expect(await readDesk("A".repeat(43), new Date())).toBeUndefined();
  });

  it("counts with the account's own budgets: wrong passwords and wrong codes are limited, recorded and told", async () => {
    const sam = await makeAgent("Sam");
    const asked = await askAtDesk({ email: sam.email, password }, at());
    if (!asked.ok) throw new Error(asked.reason);
    const { attemptToken } = asked.value;
    for (const code of ["000000", "000001", "000002", "000003", "000004", "000005"])
      await enterDesk({ attemptToken, answer: code }, at());
    const { failuresInRow } = await db().account.findUniqueOrThrow({ where: { id: sam.id } });
    expect(failuresInRow).toBe(5);
    expect((await told(sam))[0]?.subject).toBe("Somebody has your password at Latchkey but not your code");
    expect((await told(sam))[0]?.body).toContain("when signing in to the support desk");
    // The right code after five wrong ones comes too late.
    expect(await enterDesk({ attemptToken, answer: await unused(sam, new Date()) }, at())).toMatchObject({
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
      { token: asked.value.attemptToken, answer: code, mayTrust: false },
      { devices: undefined, session: undefined },
      at(),
    );
    expect(crossed).toMatchObject({ ok: false, reason: "gone" });
    expect(await enterDesk({ attemptToken: begun.value.attemptToken, answer: code }, at())).toMatchObject({
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
    expect((await enterDesk({ attemptToken, answer: await unused(bare, new Date()) }, at())).ok).toBe(false);

    const sam = await makeAgent("Sam");
    const token = await enter(sam);
    await db().account.update({ where: { id: sam.id }, data: { twoStepOnAt: null } });
    expect(await readDesk(token, new Date())).toBeUndefined();
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
  it("alone gets nothing done: not by asking, not by approving it, not in a second session, not at once", async () => {
    const { sam, person, samAt } = await scene();
    const asked = await ask(samAt, person);
    const again = await atDesk(sam, after(new Date(), 31_000));
    const tries = await Promise.all([
      approve(samAt, asked.id, at()),
      approve(again, asked.id, at()),
      approve(again, asked.id.toLowerCase(), at()),
      carryOut(samAt, asked.id, at()),
      carryOut(again, asked.id, at()),
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

  it("cannot make another agent, nor help themselves, nor let a colleague do so for them unseen", async () => {
    const { sam, kim, samAt, kimAt } = await scene();
    const puppet = await makePerson({ methods: ["app", "text"] });
    expect(await addAgent(samAt, { email: puppet.email, name: "Puppet" }, at())).toMatchObject({
      reason: "not-the-owner",
    });
    expect(await removeAgent(samAt, kim.email, at())).toMatchObject({ reason: "not-the-owner" });
    expect(await request(samAt, { kind: "access-pass", who: sam.email, note: "me" }, at())).toMatchObject({
      reason: "own-account",
    });
    const forKim = await ask(samAt, kim);
    expect(await approve(kimAt, forKim.id, at())).toMatchObject({ reason: "own-account" });
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
    expect(await approve(kimAt, asked.id, at())).toMatchObject({ ok: true });
    expect(await carryOut(kimAt, asked.id, at())).toMatchObject({ reason: "others-request" });
    const done = await carryOut(samAt, asked.id, at());
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
      [kimAt, lee, kimAt, lee].map((desk) => approve(desk, asked.id, at())),
    );
    expect(approvals.filter(({ ok }) => ok)).toHaveLength(1);
    expect(approvals.flatMap((result) => (result.ok ? [] : [result.reason]))).toEqual([
      "already-approved",
      "already-approved",
      "already-approved",
    ]);
    const done = await Promise.all([1, 2, 3].map(() => carryOut(samAt, asked.id, at())));
    expect(done.filter(({ ok }) => ok)).toHaveLength(1);
    expect(await db().accessPass.count({ where: { accountId: person.id } })).toBe(1);
    expect((await log(person)).filter((line) => line.includes("approved the access pass"))).toHaveLength(1);
  });

  it("an approval and a refusal at the same moment: what was refused is never carried out", async () => {
    const { person, samAt, kimAt } = await scene();
    const lee = await atDesk(await makeAgent("Lee"));
    const asked = await ask(samAt, person);
    await Promise.all([approve(kimAt, asked.id, at()), refuseRequest(lee, asked.id, at())]);
    const row = await db().deskRequest.findUniqueOrThrow({ where: { id: asked.id } });
    expect(row.endedAt).not.toBeNull();
    expect(await carryOut(samAt, asked.id, at())).toMatchObject({ reason: "ended" });
    expect(await log(person)).toContain("Support desk: Lee stopped the access pass that Sam had asked for");
  });

  it("have a day: a millisecond later nothing is approved and nothing carried out", async () => {
    const { sam, kim, person, samAt } = await scene();
    const now = new Date();
    const asked = await ask(samAt, person, at(now));
    const tooLate = after(now, hours(24));
    const [samLater, kimLater] = [await atDesk(sam, tooLate), await atDesk(kim, tooLate)];
    expect(await approve(kimLater, asked.id, at(tooLate))).toMatchObject({ reason: "expired" });
    const inTime = after(now, hours(24) - 1);
    expect(await approve(await atDesk(kim, inTime), asked.id, at(inTime))).toMatchObject({ ok: true });
    expect(await carryOut(samLater, asked.id, at(tooLate))).toMatchObject({ reason: "expired" });
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
    expect((await approve(kimAt, asked.id, at())).ok).toBe(true);
    expect(await removeAgent(ownerAt, kim.email, at())).toMatchObject({ ok: true });
    expect(await carryOut(samAt, asked.id, at())).toMatchObject({ ok: false, reason: "ended" });
    expect(await approve(kimAt, asked.id, at())).toMatchObject({ ok: false });
    expect(await findAtDesk(kimAt, person.email, at())).toMatchObject({ reason: "not-an-agent" });

    // A pass that is out already is over with them too.
    const lee = await makeAgent("Lee");
    const leeAt = await atDesk(lee);
    const second = await ask(samAt, person);
    await approve(leeAt, second.id, at());
    expect((await carryOut(samAt, second.id, at())).ok).toBe(true);
    expect(await removeAgent(ownerAt, sam.email, at())).toMatchObject({ ok: true });
    const passes = await db().accessPass.findMany({ where: { accountId: person.id } });
    expect(passes.every(({ endedAt }) => endedAt !== null)).toBe(true);
    // The owner names the eyes and is none of them; nobody is one twice, nor without an app.
    expect(await addAgent(ownerAt, { email: "owner@example.com", name: "" }, at())).toMatchObject({
      reason: "owner-is-no-agent",
    });
    expect(await addAgent(ownerAt, { email: lee.email, name: "" }, at())).toMatchObject({
      reason: "already",
    });
    const phoneOnly = await makePerson({ methods: ["text", "voice"] });
    expect(await addAgent(ownerAt, { email: phoneOnly.email, name: "" }, at())).toMatchObject({
      reason: "needs-app",
    });
    expect(await request(ownerAt, { kind: "access-pass", who: person.email, note: "x" }, at())).toMatchObject(
      {
        reason: "not-an-agent",
      },
    );
    expect(await addAgent(ownerAt, { email: kim.email, name: "Kim again" }, at())).toMatchObject({
      ok: true,
    });
    expect(await log(kim)).toContain("Made an agent of the support desk");
  });

  it("one whose Two-Step Verification is off approves nothing, and nothing of theirs is approved", async () => {
    const { sam, kim, person, samAt, kimAt } = await scene();
    const asked = await ask(samAt, person);
    await db().account.update({ where: { id: kim.id }, data: { twoStepOnAt: null } });
    expect(await approve(kimAt, asked.id, at())).toMatchObject({ reason: "not-an-agent" });
    await db().account.update({ where: { id: kim.id }, data: { twoStepOnAt: new Date() } });
    await db().account.update({ where: { id: sam.id }, data: { twoStepOnAt: null } });
    expect(await approve(kimAt, asked.id, at())).toMatchObject({ reason: "requester-gone" });
  });

  it("one whose own account was changed leaves nothing good behind: neither what they asked or approved nor a pass", async () => {
    const { kim, person, samAt, kimAt } = await scene();
    const other = await makePerson({ methods: ["app", "text"] });
    const approvedOnly = await ask(samAt, other);
    const asked = await ask(samAt, person);
    for (const { id } of [approvedOnly, asked]) expect((await approve(kimAt, id, at())).ok).toBe(true);
    expect((await carryOut(samAt, asked.id, at())).ok).toBe(true);
    const byKim = await ask(kimAt, await makePerson({ methods: ["app", "text"] }));
    await changeProtection(kim);
    expect(await carryOut(samAt, approvedOnly.id, at())).toMatchObject({ ok: false, reason: "ended" });
    expect(await approve(samAt, byKim.id, at())).toMatchObject({ ok: false, reason: "ended" });
    const passes = await db().accessPass.findMany({ where: { accountId: person.id } });
    expect(passes.map(({ endedAt }) => endedAt !== null)).toEqual([true]);
  });

  it("a pass that is out is stopped by any agent who refuses its request, and its making was texted", async () => {
    const { person, samAt, kimAt } = await scene();
    const lee = await atDesk(await makeAgent("Lee"));
    const asked = await ask(samAt, person);
    await approve(kimAt, asked.id, at());
    const done = await carryOut(samAt, asked.id, at());
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
    const both = await readDesk(token, new Date());
    expect(both).toMatchObject({ isAgent: false, isOwner: true });
    if (both === undefined) throw new Error("nobody");
    expect(await approve(kimAt, asked.id, at())).toMatchObject({ reason: "requester-gone" });
    const puppet = await makePerson({ methods: ["app", "text"] });
    expect((await addAgent(both, { email: puppet.email, name: "Puppet" }, at())).ok).toBe(true);
    for (const reader of [sam, kim])
      expect(await told(reader)).toContainEqual(
        expect.objectContaining({
          subject: "The support desk of Latchkey has a new agent",
          body: expect.stringContaining("Puppet"),
        }),
      );
    await db().account.deleteMany({ where: { id: sam.id } });
  });

  it("a desk session that ended a moment ago does nothing more", async () => {
    const { kim, person, samAt } = await scene();
    const token = await enter(kim);
    const kimAt = await readDesk(token, new Date());
    const asked = await ask(samAt, person);
    await leaveDesk(token);
    if (kimAt === undefined) throw new Error("nobody");
    expect(await approve(kimAt, asked.id, at())).toMatchObject({ reason: "not-an-agent" });
    expect(await db().deskSession.count({ where: { tokenHash: hashToken(token) } })).toBe(0);
  });
});

describe("two agents and a recovery", () => {
  const together = async (
    samAt: AtDesk,
    kimAt: AtDesk,
    kind: "recovery-start" | "support-check" | "recovery-stop",
    who: string,
  ) => {
    const asked = await request(samAt, { kind, who, note: "Saw the passport at the counter" }, at());
    if (!asked.ok) return asked;
    if (!(await approve(kimAt, asked.value.id, at())).ok) throw new Error("not approved");
    return carryOut(samAt, asked.value.id, at());
  };

  it("begin it with their check as its first evidence, which alone starts no wait, and the link goes to the person", async () => {
    const { person, samAt, kimAt } = await scene();
    const done = await together(samAt, kimAt, "recovery-start", person.email);
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
      value: { recovery: { caseNumber: recovery?.caseNumber, state: "collecting" } },
    });
    expect(JSON.stringify(found)).not.toContain("support");
  });

  it("add their check to one that the person began, once, and stop one; nothing of it by one of them", async () => {
    const { person, samAt, kimAt } = await scene();
    expect(await together(samAt, kimAt, "support-check", person.email)).toMatchObject({
      reason: "no-recovery",
    });
    expect(await together(samAt, kimAt, "recovery-stop", person.email)).toMatchObject({
      reason: "no-recovery",
    });
    const begun = await beginWithPassword(
      { email: person.email, password, devices: undefined },
      { ...at(), address: "203.0.113.9" },
    );
    expect(begun.ok).toBe(true);
    const alone = await request(samAt, { kind: "support-check", who: person.email, note: "x" }, at());
    if (!alone.ok) throw new Error(alone.reason);
    expect(await carryOut(samAt, alone.value.id, at())).toMatchObject({ reason: "not-approved" });
    expect((await findRecovery(person.id))?.proofs).toEqual(["password"]);
    expect((await approve(kimAt, alone.value.id, at())).ok).toBe(true);
    const twice = await Promise.all([1, 2].map(() => carryOut(samAt, alone.value.id, at())));
    expect(twice.filter(({ ok }) => ok)).toHaveLength(1);
    expect((await findRecovery(person.id))?.proofs).toEqual(expect.arrayContaining(["password", "support"]));
    expect(await together(samAt, kimAt, "support-check", person.email)).toMatchObject({
      reason: "recovery-already",
    });
    expect(await together(samAt, kimAt, "recovery-stop", person.email)).toMatchObject({ ok: true });
    expect(await findRecovery(person.id)).toBeUndefined();
    expect(await log(person)).toContain("Support desk: Sam stopped your recovery, approved by Kim");
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
