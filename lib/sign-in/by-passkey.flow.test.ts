import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { type Lies, SoftPasskey } from "@/e2e/fixtures/authenticator";
import { appCode, makePerson, makeSession, type Person, password } from "@/e2e/fixtures/people";
import { db } from "@/lib/db";
import { after, before, minutes } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import { hashToken } from "@/lib/kernel/secrets";
import { siteUrl } from "@/lib/kernel/site";
import type { Visit } from "@/lib/kernel/visit";
import { listActiveMethods, passkeySignals } from "@/lib/methods";
import { askFirst, removeMethod } from "@/lib/security";
import { beginSetup, confirm, type Owner, passkeyToMake } from "@/lib/setup";
import { asFound } from "@/lib/setup/test-account";
import {
  answer,
  answerProof,
  begin,
  beginProof,
  choose,
  passkeyOptionsForProof,
  passkeyOptionsForSignIn,
  proveByPasskey,
  signInByPasskey,
  viewAttempt,
} from ".";

let turn = 0;
/** Each visit comes from an address of its own, so that no test spends another's budget. */
const visitAt = (now: Date = new Date(), address?: string): Visit => {
  turn += 1;
  return { now, address: address ?? `10.2.${turn >> 8}.${turn & 255}`, browser: "Chrome · Linux" };
};
const noCookies = { devices: undefined, session: undefined };
const sessionsOf = (person: Person) => db().session.count({ where: { accountId: person.id } });
const makes = (behaviour: ConstructorParameters<typeof SoftPasskey>[1] = {}) =>
  new SoftPasskey(siteUrl(), behaviour);

async function ownerOf(person: Person): Promise<Owner & { name: string }> {
  const token = await makeSession(person);
  const { id } = await db().session.findUniqueOrThrow({ where: { tokenHash: hashToken(token) } });
  return { id, accountId: person.id, email: person.email, name: person.name };
}

/** Asks to add a passkey, and what the browser is asked to make. */
async function asked(owner: Owner & { name: string }) {
  await beginSetup("passkey", {}, owner, visitAt());
  const options = await passkeyToMake(owner, new Date());
  if (options === undefined) throw new Error("no passkey is asked for");
  return options;
}

async function add(person: Person, passkey: SoftPasskey): Promise<Owner & { name: string }> {
  const owner = await ownerOf(person);
  const added = await confirm("passkey", passkey.make(await asked(owner)), owner, visitAt());
  if (!added.ok) throw new Error(added.reason);
  return owner;
}

/** Somebody with an app, and a passkey beside it. */
async function withPasskey(behaviour: ConstructorParameters<typeof SoftPasskey>[1] = {}) {
  const person = await makePerson({ methods: ["app"] });
  const passkey = makes(behaviour);
  const owner = await add(person, passkey);
  return { person, passkey, owner };
}

const rowOf = (passkey: SoftPasskey) =>
  db().method.findUniqueOrThrow({ where: { credential: hashToken(passkey.id) } });

const alone = (passkey: SoftPasskey, lies: Lies = {}, visit = visitAt()) =>
  signInByPasskey(passkey.answer(passkeyOptionsForSignIn(visit.now), lies), noCookies, visit);

/** The password, and then the attempt pointed at this passkey. */
async function secondStep(person: Person, passkey: SoftPasskey) {
  const begun = await begin({ email: person.email, password }, noCookies, visitAt());
  if (!begun.ok || begun.value.kind !== "asked") throw new Error("not asked");
  const token = begun.value.attemptToken;
  const chosen = await choose(token, "sign-in", null, (await rowOf(passkey)).id, visitAt());
  if (!chosen.ok) throw new Error(chosen.reason);
  return token;
}

async function optionsOf(token: string) {
  const page = await viewAttempt(token, "sign-in", null, new Date());
  if (page?.passkeyOptions === undefined) throw new Error("no passkey is asked");
  return page.passkeyOptions;
}

const give = (token: string, credential: string, visit = visitAt()) =>
  answer({ token, answer: credential, isTrustAsked: false }, noCookies, visit);

describe("adding one", () => {
  it("stores it sealed, named by its make, and tells its owner", async () => {
    const person = await makePerson({ methods: ["app"] });
    const passkey = makes({ isSynced: true, aaguid: "ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4" });
    const owner = await ownerOf(person);
    const added = await confirm("passkey", passkey.make(await asked(owner)), owner, visitAt());
    expect(added).toEqual({
      ok: true,
      value: { kind: "passkey", form: "synced", authenticator: "Google Password Manager" },
    });
    const row = await rowOf(passkey);
    expect(row.data).not.toContain(passkey.id);
    const events = await db().event.findMany({ where: { accountId: person.id, kind: "method-added" } });
    expect(events).toHaveLength(1);
  });

  it("asks for none twice in one place: those of the account are excluded", async () => {
    const { passkey, owner } = await withPasskey();
    const options = await asked(owner);
    expect(options.excludeCredentials.map(({ id }) => id)).toEqual([passkey.id]);
    expect(options.user.id).not.toContain(owner.accountId);
  });

  it("asks for the same one after a reload, and a GET spends nothing", async () => {
    const owner = await ownerOf(await makePerson({ methods: ["app"] }));
    const first = await asked(owner);
    expect(await passkeyToMake(owner, new Date())).toEqual(first);
  });

  it.each([
    ["for another site", { origin: "https://latchkey.example" }],
    ["for another rpId", { rpId: "latchkey.example" }],
    ["inside a foreign frame", { crossOrigin: true }],
    ["as an answer and not as a new one", { type: "webauthn.get" }],
    ["without anybody there", { isPresent: false }],
    ["for a challenge nobody set", { challenge: "AAAAAAAAAAAAAAAAAAAAAAAA" }],
  ])("refuses one that was made %s (AT-087, AT-090)", async (_what, lies) => {
    const person = await makePerson({ methods: ["app"] });
    const owner = await ownerOf(person);
    const added = await confirm("passkey", makes().make(await asked(owner), lies), owner, visitAt());
    expect(added.ok).toBe(false);
    expect((await listActiveMethods(person.id)).methods.map(({ kind }) => kind)).toEqual(["app"]);
  });

  it("refuses a challenge that another answer has spent, and another session's", async () => {
    const person = await makePerson({ methods: ["app"] });
    const owner = await ownerOf(person);
    const options = await asked(owner);
    expect(
      (await confirm("passkey", makes().make(options, { rpId: "x.example" }), owner, visitAt())).ok,
    ).toBe(false);
    const replayed = await confirm("passkey", makes().make(options), owner, visitAt());
    expect(replayed).toMatchObject({ ok: false, reason: "used" });
    const other = await ownerOf(person);
    const foreign = await confirm("passkey", makes().make(options), other, visitAt());
    expect(foreign).toMatchObject({ ok: false, reason: "gone" });
  });

  it("refuses a credential that another account has (AT-088)", async () => {
    const { passkey } = await withPasskey();
    const mallory = await makePerson({ methods: ["app"] });
    const owner = await ownerOf(mallory);
    const added = await confirm("passkey", passkey.make(await asked(owner)), owner, visitAt());
    expect(added).toMatchObject({ ok: false, reason: "same-passkey" });
    expect(await db().method.count({ where: { accountId: mallory.id } })).toBe(1);
  });

  it("makes one of two answers at once", async () => {
    const person = await makePerson({ methods: ["app"] });
    const owner = await ownerOf(person);
    const made = makes().make(await asked(owner));
    const results = await Promise.all([1, 2].map(() => confirm("passkey", made, owner, visitAt())));
    expect(results.filter(({ ok }) => ok)).toHaveLength(1);
    expect(await db().method.count({ where: { accountId: person.id } })).toBe(2);
  });
});

describe("signing in with nothing else", () => {
  it("opens the account of the passkey when it checked who is there, and says so in the log (AT-091)", async () => {
    const { person, passkey } = await withPasskey();
    const before = await sessionsOf(person);
    expect(await alone(passkey)).toMatchObject({ ok: true, value: { kind: "admitted" } });
    expect(await sessionsOf(person)).toBe(before + 1);
    const event = await db().event.findFirstOrThrow({
      where: { accountId: person.id, kind: "signed-in" },
      orderBy: { id: "desc" },
    });
    expect(event.facts).toEqual({ method: "passkey", reason: "passkey" });
    expect((await rowOf(passkey)).lastUsedAt).not.toBeNull();
  });

  it("asks for the second step of an account whose only method is a passkey (AT-007)", async () => {
    const { person } = await withPasskey();
    await db().method.deleteMany({ where: { accountId: person.id, kind: "app" } });
    const begun = await begin({ email: person.email, password }, noCookies, visitAt());
    expect(begun).toMatchObject({ ok: true, value: { kind: "asked" } });
    expect(await sessionsOf(person)).toBe(1); // the one that added it
  });

  it("notices an old copy of a trusted browser's token, ends that trust and tells the owner once (AT-050)", async () => {
    const { person, passkey } = await withPasskey();
    const begun = await begin({ email: person.email, password }, noCookies, visitAt());
    if (!begun.ok || begun.value.kind !== "asked") throw new Error("not asked");
    const trusted = await answer(
      { token: begun.value.attemptToken, answer: appCode(person), isTrustAsked: true },
      noCookies,
      visitAt(),
    );
    if (!trusted.ok) throw new Error(trusted.reason);
    const first = trusted.value.deviceCookie;
    const isTrusted = () =>
      db().device.count({ where: { accountId: person.id, trustedUntil: { not: null } } });
    const enter = (devices: string | undefined, visit: Visit) =>
      signInByPasskey(
        passkey.answer(passkeyOptionsForSignIn(visit.now)),
        { devices, session: undefined },
        visit,
      );
    // The owner's own browser, again and again: each use replaces the token.
    const soon = after(new Date(), minutes(2));
    const second = await enter(first, visitAt(soon));
    expect(second).toMatchObject({ ok: true });
    expect(await isTrusted()).toBe(1);
    expect(await enter(first, visitAt(after(soon, minutes(2))))).toMatchObject({ ok: true });
    expect(await isTrusted()).toBe(0);
    await enter(first, visitAt(after(soon, minutes(3))));
    const events = await db().event.findMany({ where: { accountId: person.id, kind: "device-copied" } });
    expect(events).toHaveLength(1);
  });

  it("is on a new browser where that was not seen for as long as one is known, also before its row is swept", async () => {
    const { person, passkey } = await withPasskey();
    const admitted = await alone(passkey);
    if (!admitted.ok || admitted.value.kind !== "admitted") throw new Error("not admitted");
    const devices = admitted.value.deviceCookie;
    const later = after(new Date(), minutes(2));
    await db().device.updateMany({
      where: { accountId: person.id },
      data: { lastSeenAt: before(later, numbers.trustedDevice.knownFor) },
    });
    const answered = passkey.answer(passkeyOptionsForSignIn(later));
    const again = await signInByPasskey(answered, { devices, session: undefined }, visitAt(later));
    expect(again).toMatchObject({ ok: true });
    expect(await db().device.count({ where: { accountId: person.id } })).toBe(2);
  });

  it("does not for one that did not: that is one factor (AT-091)", async () => {
    const { person, passkey } = await withPasskey({ isVerifying: false });
    const before = await sessionsOf(person);
    expect(await alone(passkey)).toMatchObject({ ok: false, reason: "not-verified" });
    expect(await sessionsOf(person)).toBe(before);
  });

  it.each<[string, Lies, string]>([
    ["for another site", { origin: "https://latchkey.example" }, "wrong"],
    ["over http on another port", { origin: "http://localhost:1" }, "wrong"],
    ["for another rpId", { rpId: "latchkey.example" }, "wrong"],
    ["inside a foreign frame", { crossOrigin: true }, "wrong"],
    ["as a new passkey and not as an answer", { type: "webauthn.create" }, "wrong"],
    ["without anybody there", { isPresent: false }, "wrong"],
    ["by another key", { signedBy: makesElsewhere() }, "wrong"],
    ["for another user", { userHandle: "AAAA" }, "wrong"],
    ["to a challenge nobody set", { challenge: "AAAAAAAAAAAAAAAAAAAAAAAA" }, "wrong"],
  ])("refuses an answer that was given %s (AT-087, AT-088, AT-090)", async (_what, lies, reason) => {
    const { person, passkey } = await withPasskey();
    const before = await sessionsOf(person);
    expect(await alone(passkey, lies)).toMatchObject({ ok: false, reason });
    expect(await sessionsOf(person)).toBe(before);
  });

  it("takes each challenge once, also when both answers come at the same moment", async () => {
    const { person, passkey } = await withPasskey({ isSynced: true });
    const before = await sessionsOf(person);
    const options = passkeyOptionsForSignIn(new Date());
    const first = passkey.answer(options);
    const results = await Promise.all(
      [first, first, passkey.answer(options)].map((given) => signInByPasskey(given, noCookies, visitAt())),
    );
    expect(results.filter(({ ok }) => ok)).toHaveLength(1);
    expect(await sessionsOf(person)).toBe(before + 1);
    expect(await signInByPasskey(first, noCookies, visitAt())).toMatchObject({ ok: false, reason: "used" });
  });

  it("takes no challenge that is older than ten minutes, and none of another use", async () => {
    const { passkey, owner } = await withPasskey({ isSynced: true });
    const now = new Date();
    const old = passkey.answer(passkeyOptionsForSignIn(now));
    const late = visitAt(after(now, minutes(10)));
    expect(await signInByPasskey(old, noCookies, late)).toMatchObject({ ok: false, reason: "expired" });
    const proof = await passkeyOptionsForProof(owner, now);
    if (proof === undefined) throw new Error("there is a passkey");
    expect(await signInByPasskey(passkey.answer(proof), noCookies, visitAt(now))).toMatchObject({
      ok: false,
      reason: "wrong",
    });
  });

  it("refuses a counter that went back, and records it; one that counts nothing goes on (AT-092)", async () => {
    const { person, passkey } = await withPasskey();
    expect((await alone(passkey)).ok).toBe(true);
    const { counter } = await rowOf(passkey);
    expect(await alone(passkey, { counter: Number(counter) })).toMatchObject({ ok: false, reason: "copied" });
    expect(await alone(passkey, { counter: 0 })).toMatchObject({ ok: false, reason: "copied" });
    const events = await db().event.findMany({
      where: { accountId: person.id, kind: "second-step-failed" },
    });
    expect(events.map(({ facts }) => facts)).toEqual([
      { method: "passkey", reason: "copied" },
      { method: "passkey", reason: "copied" },
    ]);
    expect((await rowOf(passkey)).counter).toBe(counter);

    const synced = await withPasskey({ isSynced: true });
    expect((await alone(synced.passkey)).ok).toBe(true);
    expect((await alone(synced.passkey)).ok).toBe(true);
  });

  it("of two answers with the same count at once one opens the account (AT-092)", async () => {
    const { person, passkey } = await withPasskey();
    const before = await sessionsOf(person);
    const results = await Promise.all([1, 2].map(() => alone(passkey, { counter: 7 })));
    expect(results.filter(({ ok }) => ok)).toHaveLength(1);
    expect(await sessionsOf(person)).toBe(before + 1);
  });

  it("refuses one that was removed, and one that was never added, alike but for the signal", async () => {
    const { person, passkey, owner } = await withPasskey();
    const before = await sessionsOf(person);
    await removeMethod((await rowOf(passkey)).id, true, owner, visitAt());
    // As long as a link can put it back by itself, whatever keeps it is not told to throw it away.
    const accepted = async () =>
      (await passkeySignals({ ...person, hasPasskeys: true }, new Date()))?.accepted.allAcceptedCredentialIds;
    expect(await accepted()).toEqual([passkey.id]);
    expect(await alone(passkey)).toMatchObject({ ok: false, reason: "wrong" });
    await db().removal.updateMany({ where: { accountId: person.id }, data: { expiresAt: new Date() } });
    expect(await alone(passkey)).toMatchObject({ ok: false, reason: "unknown" });
    expect(await alone(makes())).toMatchObject({ ok: false, reason: "unknown" });
    expect(await sessionsOf(person)).toBeLessThanOrEqual(before);
    expect(await accepted()).toEqual([]);
  });

  it("opens nothing while Two-Step Verification is not on: pending is not active (AT-074)", async () => {
    const { person, passkey } = await withPasskey();
    await db().account.update({ where: { id: person.id }, data: { twoStepOnAt: null } });
    expect(await alone(passkey)).toMatchObject({ ok: false, reason: "unknown" });
  });

  it("waits while the account's second step waits (AT-030)", async () => {
    const { person, passkey } = await withPasskey();
    const lockedUntil = after(new Date(), minutes(15));
    await db().account.update({ where: { id: person.id }, data: { lockedUntil } });
    expect(await alone(passkey)).toMatchObject({ ok: false, reason: "waits" });
  });

  it("bounds the work of one address", async () => {
    const visit = visitAt();
    const results = await Promise.all(Array.from({ length: 25 }, () => alone(makes(), {}, visit)));
    expect(results.filter((result) => !result.ok && result.reason === "limit")).toHaveLength(5);
  });

  it("says nothing of any account before somebody signed in (AT-094)", () => {
    const options = passkeyOptionsForSignIn(new Date());
    expect(options.allowCredentials).toEqual([]);
  });

  it.each([
    ["nothing", ""],
    ["no object", "null"],
    ["a list", "[]"],
    ["an object for a text", '{"id":{"$gt":""}}'],
    ["half of one", '{"id":"a"}'],
    ["far too much", "x".repeat(30_000)],
  ])("refuses what is no passkey at all: %s (AT-028)", async (_what, text) => {
    expect(await signInByPasskey(text, noCookies, visitAt())).toMatchObject({
      ok: false,
      reason: "malformed",
    });
  });
});

/** A passkey that no account has, for a table that is made before the site's settings are. */
function makesElsewhere(): SoftPasskey {
  return new SoftPasskey("http://localhost:3000");
}

describe("as the second step", () => {
  it("finishes the sign-in with and without a check of who is there (AT-091)", async () => {
    for (const isVerifying of [true, false]) {
      const { person, passkey } = await withPasskey({ isVerifying });
      const token = await secondStep(person, passkey);
      expect((await give(token, passkey.answer(await optionsOf(token)))).ok).toBe(true);
    }
  });

  it("is asked at once where it is the first, sends nothing, and may make this browser trusted", async () => {
    const { person, passkey, owner } = await withPasskey();
    expect((await askFirst((await rowOf(passkey)).id, owner, visitAt())).ok).toBe(true);
    const messages = await db().message.count({ where: { accountId: person.id, channel: "text" } });
    const begun = await begin({ email: person.email, password }, noCookies, visitAt());
    if (!begun.ok || begun.value.kind !== "asked") throw new Error("not asked");
    const token = begun.value.attemptToken;
    const given = passkey.answer(await optionsOf(token));
    const answered = await answer({ token, answer: given, isTrustAsked: true }, noCookies, visitAt());
    if (!answered.ok) throw new Error(answered.reason);
    const cookies = { devices: answered.value.deviceCookie, session: undefined };
    expect(await begin({ email: person.email, password }, cookies, visitAt())).toMatchObject({
      value: { kind: "admitted" },
    });
    expect(await db().message.count({ where: { accountId: person.id, channel: "text" } })).toBe(messages);
  });

  it("offers all passkeys of the account, and takes whichever answers", async () => {
    const { person, passkey } = await withPasskey();
    const second = makes();
    await add(person, second);
    const token = await secondStep(person, passkey);
    const options = await optionsOf(token);
    expect(options.allowCredentials.map(({ id }) => id).sort()).toEqual([passkey.id, second.id].sort());
    expect((await give(token, second.answer(options))).ok).toBe(true);
    expect((await rowOf(second)).lastUsedAt).not.toBeNull();
    expect((await rowOf(passkey)).lastUsedAt).toBeNull();
  });

  it("refuses a passkey of another account, also one that claims to be this one's (AT-088)", async () => {
    const { person, passkey } = await withPasskey();
    const { passkey: foreign } = await withPasskey();
    const token = await secondStep(person, passkey);
    expect(await give(token, foreign.answer(await optionsOf(token)))).toMatchObject({
      ok: false,
      reason: "wrong",
    });
    expect((await give(token, passkey.answer(await optionsOf(token), { signedBy: foreign }))).ok).toBe(false);
  });

  it("is not disabled by wrong answers, which guess nothing: they count for the account, and not against the passkey", async () => {
    const { person, passkey } = await withPasskey();
    const { passkey: foreign } = await withPasskey();
    const token = await secondStep(person, passkey);
    const { failuresInRow } = await db().account.findUniqueOrThrow({ where: { id: person.id } });
    for (const _try of [1, 2])
      expect((await give(token, passkey.answer(await optionsOf(token), { signedBy: foreign }))).ok).toBe(
        false,
      );
    expect(await rowOf(passkey)).toMatchObject({ failures: 0, waitsUntil: null, disabledAt: null });
    const account = await db().account.findUniqueOrThrow({ where: { id: person.id } });
    expect(account.failuresInRow).toBe(failuresInRow + 2);
  });

  it("takes each challenge once: after a refusal the next one is another", async () => {
    const { person, passkey } = await withPasskey();
    const token = await secondStep(person, passkey);
    const options = await optionsOf(token);
    expect((await give(token, passkey.answer(options, { rpId: "x.example" }))).ok).toBe(false);
    expect(await give(token, passkey.answer(options))).toMatchObject({ ok: false, reason: "used" });
    expect((await give(token, passkey.answer(await optionsOf(token)))).ok).toBe(true);
  });

  it("makes one session of the same right answer given twice at once", async () => {
    const { person, passkey } = await withPasskey();
    const before = await sessionsOf(person);
    const token = await secondStep(person, passkey);
    const given = passkey.answer(await optionsOf(token));
    const results = await Promise.all([1, 2].map(() => give(token, given)));
    expect(results.filter(({ ok }) => ok)).toHaveLength(1);
    expect(await sessionsOf(person)).toBe(before + 1);
  });

  it("takes no answer that was given for the sign-in page or for another attempt", async () => {
    const { person, passkey } = await withPasskey();
    const token = await secondStep(person, passkey);
    const other = await secondStep(person, passkey);
    expect(await give(token, passkey.answer(passkeyOptionsForSignIn(new Date())))).toMatchObject({
      reason: "used",
    });
    expect(await give(token, passkey.answer(await optionsOf(other)))).toMatchObject({ reason: "used" });
  });

  it("spends the five tries of the attempt like a code (AT-015)", async () => {
    const { person, passkey } = await withPasskey();
    const token = await secondStep(person, passkey);
    for (let n = 0; n < 5; n += 1)
      await give(token, passkey.answer(await optionsOf(token), { rpId: "x.example" }));
    const right = passkey.answer({ challenge: "AAAA" });
    expect(await give(token, right)).toMatchObject({ ok: false });
    expect(await viewAttempt(token, "sign-in", null, new Date())).toMatchObject({ triesLeft: 0 });
  });

  it("refuses and records a counter that went back (AT-092)", async () => {
    const { person, passkey } = await withPasskey();
    expect((await alone(passkey, { counter: 9 })).ok).toBe(true);
    const token = await secondStep(person, passkey);
    expect(await give(token, passkey.answer(await optionsOf(token), { counter: 9 }))).toMatchObject({
      ok: false,
      reason: "copied",
    });
    const event = await db().event.findFirst({ where: { accountId: person.id, kind: "second-step-failed" } });
    expect(event?.facts).toMatchObject({ method: "passkey", reason: "copied" });
  });

  it("does not take the place of a code that was asked, nor a code that of a passkey (AT-012)", async () => {
    const { person, passkey } = await withPasskey();
    const token = await secondStep(person, passkey);
    expect((await give(token, appCode(person))).ok).toBe(false);
    const app = person.methods[0]?.id ?? "";
    await choose(token, "sign-in", null, app, visitAt());
    expect((await give(token, passkey.answer({ challenge: "AAAA" }))).ok).toBe(false);
  });
});

describe("as the fresh proof", () => {
  it("is asked before an app, because nobody can be talked out of it", async () => {
    const { passkey, owner } = await withPasskey();
    const begun = await beginProof({ password, devices: undefined }, await asFound(owner), visitAt());
    if (!begun.ok || begun.value.kind !== "asked") throw new Error("not asked");
    const token = begun.value.attemptToken;
    const page = await viewAttempt(token, "proof", owner.id, new Date());
    if (page?.passkeyOptions === undefined) throw new Error("no passkey is asked");
    const given = passkey.answer(page.passkeyOptions);
    expect(
      (await answerProof({ token, answer: given, devices: undefined }, await asFound(owner), visitAt())).ok,
    ).toBe(true);
  });

  it("is password and second step at once with a check of who is there, and gives the session a new token", async () => {
    const { passkey, owner } = await withPasskey();
    await db().session.update({ where: { id: owner.id }, data: { provenAt: null } });
    const before = await db().session.findUniqueOrThrow({ where: { id: owner.id } });
    const options = await passkeyOptionsForProof(owner, new Date());
    if (options === undefined) throw new Error("there is a passkey");
    expect((await proveByPasskey(passkey.answer(options), await asFound(owner), visitAt())).ok).toBe(true);
    const proven = await db().session.findUniqueOrThrow({ where: { id: owner.id } });
    expect(proven.provenAt).not.toBeNull();
    expect(proven.tokenHash).not.toBe(before.tokenHash);
  });

  it("proves nothing without that check, with another account's passkey, or in another session (AT-068, AT-088)", async () => {
    const { person, passkey, owner } = await withPasskey();
    const { passkey: foreign } = await withPasskey();
    const fresh = async () => (await passkeyOptionsForProof(owner, new Date())) ?? { challenge: "" };
    const refusals = [
      await proveByPasskey(
        passkey.answer(await fresh(), { isVerified: false }),
        await asFound(owner),
        visitAt(),
      ),
      await proveByPasskey(foreign.answer(await fresh()), await asFound(owner), visitAt()),
      await proveByPasskey(passkey.answer(await fresh()), await asFound(await ownerOf(person)), visitAt()),
      await proveByPasskey(
        passkey.answer(await fresh()),
        { ...(await asFound(owner)), id: randomUUID() },
        visitAt(),
      ),
    ];
    expect(refusals.map((result) => (result.ok ? "ok" : result.reason))).toEqual([
      "not-verified",
      "wrong",
      "wrong",
      "wrong",
    ]);
  });
});
