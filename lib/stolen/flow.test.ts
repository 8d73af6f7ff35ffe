import { readFileSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";
import { SoftPasskey } from "@/e2e/fixtures/authenticator";
import { appCode, makePerson, makeSession, type Person, password } from "@/e2e/fixtures/people";
import { deliverAll } from "@/e2e/fixtures/rounds";
import { db } from "@/lib/db";
import { outboxPath } from "@/lib/delivery";
import { after, before, days, seconds } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import { hashToken } from "@/lib/kernel/secrets";
import { siteUrl } from "@/lib/kernel/site";
import { listActiveMethods, passkeySignals } from "@/lib/methods";
import { readHold } from "@/lib/proof";
import { readOverview, removeMethod, turnOff } from "@/lib/security";
import { beginSetup, confirm, type Owner, passkeyToMake } from "@/lib/setup";
import {
  asFound,
  newestCode,
  visitAt,
  whileAccountIsLocked,
  whileLineIsFull,
} from "@/lib/setup/test-account";
import {
  answer,
  begin,
  beginProof,
  choose,
  passkeyOptionsForSignIn,
  signInByPasskey,
  viewAttempt,
} from "@/lib/sign-in";
import { sendTrialCode, tryMethod, viewMethodTrial } from "@/lib/trial";
import { chooseForWayBack, putBack, viewWayBack } from "@/lib/undo";
import { proveWithoutPhone, removeOverdue, restorePhone, suspendPhone, suspensionsOf, viewTheft } from ".";

type Robbed = {
  person: Person;
  owner: Owner;
  /** The stolen phone, the app on it, and a phone that is left. */
  phone: string;
  app: string;
  other: string;
  numbers: string[];
};

async function ownerOf(person: Person): Promise<Owner & { name: string }> {
  const token = await makeSession(person);
  const { id } = await db().session.findUniqueOrThrow({ where: { tokenHash: hashToken(token) } });
  return { id, accountId: person.id, email: person.email, name: person.name };
}

/** Somebody with a phone, an app on it, and another phone. */
async function robbed(withRecoveryCodes = false): Promise<Robbed> {
  const person = await makePerson({ methods: ["text", "app", "text"], withRecoveryCodes });
  const [phone = "", app = "", other = ""] = person.methods.map(({ id }) => id);
  await db().method.update({ where: { id: app }, data: { livesOn: phone } });
  const owner = await ownerOf(person);
  await db().session.update({ where: { id: owner.id }, data: { provenMethodId: other } });
  return {
    person,
    owner,
    phone,
    app,
    other,
    numbers: person.methods.flatMap((method) => (method.kind === "phone" ? [method.number] : [])),
  };
}

async function suspended(withRecoveryCodes = false): Promise<Robbed> {
  const all = await robbed(withRecoveryCodes);
  expect(await suspendPhone(all.phone, [], all.owner, visitAt())).toMatchObject({ ok: true });
  await db().limit.deleteMany();
  return all;
}

const noCookies = { devices: undefined, session: undefined };
const activeIds = async ({ person }: { person: Person }) =>
  (await listActiveMethods(person.id)).methods.map(({ id }) => id);
const rowOf = (id: string) => db().method.findUniqueOrThrow({ where: { id } });
const suspensions = async ({ person }: { person: Person }) =>
  suspensionsOf((await readOverview(person.id, new Date())).suspended);
const tooLate = () => after(new Date(), numbers.stolen.reversibleFor + seconds(1));

/** The newest mail to somebody, once everything was handed over. */
async function mailTo({ person }: { person: Person }): Promise<string> {
  await deliverAll();
  const mails = readFileSync(outboxPath(), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { to: string; body: string });
  return mails.filter(({ to }) => to === person.email).at(-1)?.body ?? "";
}

const linkTo = async (all: { person: Person }): Promise<string> =>
  /\/put-back\/([A-Za-z0-9_-]{43})/.exec(await mailTo(all))?.[1] ?? "";

async function withPasskey(owner: Owner & { name: string }, at: string): Promise<SoftPasskey> {
  const passkey = new SoftPasskey(siteUrl(), { isSynced: true });
  await beginSetup("passkey", {}, owner, visitAt());
  const options = await passkeyToMake(owner, new Date());
  if (options === undefined) throw new Error("no passkey is asked for");
  const made = await confirm("passkey", passkey.make(options), owner, visitAt());
  if (!made.ok) throw new Error(made.reason);
  await db().method.update({ where: { credential: hashToken(passkey.id) }, data: { livesOn: at } });
  return passkey;
}

it("looking at what it would mean opens no transaction", async () => {
  const { owner, phone } = await robbed();
  const transactions = vi.spyOn(db(), "$transaction");
  expect(await viewTheft(phone, owner, new Date())).toBeDefined();
  expect(await readHold(owner, new Date())).toBeUndefined();
  expect(transactions).not.toHaveBeenCalled();
  transactions.mockRestore();
});

describe("suspending a stolen phone", () => {
  it("takes its number and what is kept on it, ends every other session and all trust, and leaves the rest", async () => {
    const all = await robbed();
    await ownerOf(all.person);
    expect(await suspendPhone(all.phone, [], all.owner, visitAt())).toMatchObject({ ok: true });
    expect(await activeIds(all)).toEqual([all.other]);
    expect(await db().session.findMany({ where: { accountId: all.person.id } })).toMatchObject([
      { id: all.owner.id },
    ]);
    expect(await suspensions(all)).toMatchObject([
      { thingId: all.phone, methods: [{ id: all.phone }, { id: all.app }] },
    ]);
    expect((await readOverview(all.person.id, new Date())).disabled).toEqual([]);
  });

  it("takes what nobody had said the place of unless its owner says no, who is shown it ticked", async () => {
    const [left, taken] = [await robbed(true), await robbed(true)];
    for (const { app, phone, owner } of [left, taken]) {
      await db().method.update({ where: { id: app }, data: { livesOn: "" } });
      expect(await viewTheft(phone, owner, new Date())).toMatchObject({ ticked: [app], used: null });
      await db().session.update({ where: { id: owner.id }, data: { provenMethodId: app } });
      // What they used a moment ago they still have; and it suspends nothing that it is said to be on itself.
      expect(await viewTheft(phone, owner, new Date())).toMatchObject({ ticked: [], used: app });
      expect(await suspendPhone(phone, [app], owner, visitAt())).toMatchObject({ reason: "prove-another" });
      await db().session.update({ where: { id: owner.id }, data: { provenMethodId: null } });
    }
    await suspendPhone(left.phone, [], left.owner, visitAt());
    await suspendPhone(taken.phone, [taken.app, taken.other], taken.owner, visitAt());
    expect(await activeIds(left)).toEqual([left.app, left.other]);
    // Another phone is not on this one, whatever is posted.
    expect(await activeIds(taken)).toEqual([taken.other]);
  });

  it("is refused with the proof of something on it, and that proof ends", async () => {
    const all = await robbed();
    for (const provenMethodId of [all.phone, all.app]) {
      await db().session.update({ where: { id: all.owner.id }, data: { provenMethodId } });
      expect(await suspendPhone(all.phone, [], all.owner, visitAt())).toMatchObject({
        reason: "prove-another",
      });
    }
    expect((await viewTheft(all.phone, all.owner, new Date()))?.hurdle).toBe("prove-another");
    expect(await proveWithoutPhone(all.phone, all.owner, visitAt())).toBe(true);
    expect(await db().session.findUniqueOrThrow({ where: { id: all.owner.id } })).toMatchObject({
      provenAt: null,
      avoidMethodId: all.app,
    });
  });

  it("is refused where nothing would be left, and a recovery code is something", async () => {
    for (const withRecoveryCodes of [false, true]) {
      const all = await robbed(withRecoveryCodes);
      await db().session.update({ where: { id: all.owner.id }, data: { provenMethodId: null } });
      await db().method.update({ where: { id: all.other }, data: { removedAt: new Date() } });
      const done = await suspendPhone(all.phone, [], all.owner, visitAt());
      expect(done).toMatchObject(withRecoveryCodes ? { ok: true } : { reason: "last" });
      expect(await activeIds(all)).toEqual(withRecoveryCodes ? [] : [all.phone, all.app]);
    }
  });

  it("is refused where nothing but a number that goes by itself would be left", async () => {
    const all = await robbed();
    await db().method.update({ where: { id: all.other }, data: { retiresAt: tooLate() } });
    expect((await viewTheft(all.phone, all.owner, new Date()))?.hurdle).toBe("last");
    expect(await suspendPhone(all.phone, [], all.owner, visitAt())).toMatchObject({ reason: "last" });
    expect(await activeIds(all)).toHaveLength(3);
  });

  it("takes an old number along whose card may be in that phone, unless its owner says no", async () => {
    const all = await robbed(true);
    await db().method.update({ where: { id: all.other }, data: { retiresAt: tooLate() } });
    await db().session.update({ where: { id: all.owner.id }, data: { provenMethodId: null } });
    expect(await viewTheft(all.phone, all.owner, new Date())).toMatchObject({ ticked: [all.other] });
    expect(await suspendPhone(all.phone, [all.other], all.owner, visitAt())).toMatchObject({ ok: true });
    expect(await activeIds(all)).toEqual([]);
  });

  it("asks for a proof by nothing that is on that phone, and for a recovery code where all is on it", async () => {
    const [rich, poor] = [await robbed(true), await robbed(true)];
    await db().method.update({ where: { id: poor.other }, data: { removedAt: new Date() } });
    for (const [{ owner, phone, other }, asked] of [
      [rich, rich.other],
      [poor, null],
    ] as const) {
      await db().limit.deleteMany();
      const task = { name: "suspend-phone", subject: phone } as const;
      const begun = await beginProof({ password, devices: undefined, task }, await asFound(owner), visitAt());
      expect(begun.ok).toBe(true);
      const attempt = await db().signInAttempt.findFirstOrThrow({ where: { sessionId: owner.id } });
      expect([attempt.methodId, other]).toEqual([asked, other]);
    }
  });

  it("takes along what wrong codes disabled, a disabled number is stolen with its phone, and neither is what is left", async () => {
    const all = await robbed();
    const ids = [all.phone, all.app];
    await db().method.updateMany({ where: { id: { in: ids } }, data: { disabledAt: new Date() } });
    const { owner, phone, app } = all;
    expect(await viewTheft(phone, owner, new Date())).toMatchObject({
      thing: { id: phone },
      also: [{ id: app }],
      left: [{ id: all.other }],
    });
    expect(await suspendPhone(phone, [], owner, visitAt())).toMatchObject({ ok: true });
    for (const id of ids) expect((await rowOf(id)).suspendedAt).not.toBeNull();

    const alone = await robbed();
    await db().method.update({ where: { id: alone.other }, data: { disabledAt: new Date() } });
    expect(await suspendPhone(alone.phone, [], alone.owner, visitAt())).toMatchObject({ reason: "last" });
  });

  it("what was ticked before the proof had run out is ticked again, but never what proved it since", async () => {
    const all = await robbed(true);
    await db().method.update({ where: { id: all.app }, data: { livesOn: "" } });
    await db().session.update({ where: { id: all.owner.id }, data: { provenMethodId: null } });
    const { phone, app, owner } = all;
    expect(await viewTheft(phone, owner, new Date())).toMatchObject({ ticked: [app] });
    expect(await viewTheft(phone, owner, new Date(), [])).toMatchObject({ ticked: [] });
    const foreign = await robbed();
    expect(await viewTheft(phone, owner, new Date(), [app, foreign.app, "x"])).toMatchObject({
      ticked: [app],
    });
    await db().session.update({ where: { id: owner.id }, data: { provenMethodId: app } });
    expect(await viewTheft(phone, owner, new Date(), [app])).toMatchObject({ ticked: [], used: app });
  });

  it("two at once suspend one, and another account's phone is not there", async () => {
    const all = await robbed();
    const stranger = await robbed();
    expect(await suspendPhone(all.phone, [], stranger.owner, visitAt())).toMatchObject({
      reason: "not-there",
    });
    expect(await viewTheft(all.phone, stranger.owner, new Date())).toBeUndefined();
    const both = await Promise.all([
      suspendPhone(all.phone, [], all.owner, visitAt()),
      suspendPhone(all.other, [], all.owner, visitAt()),
    ]);
    // Both together would be everything there is.
    expect(both.filter(({ ok }) => ok)).toHaveLength(1);
    expect((await activeIds(all)).length).toBeGreaterThan(0);
  });
});

describe("what is suspended", () => {
  it("is not asked at sign-in, cannot be chosen, and its codes open nothing", async () => {
    const all = await suspended();
    const begun = await begin({ email: all.person.email, password }, noCookies, visitAt());
    if (!begun.ok || begun.value.kind !== "asked") throw new Error("not asked");
    const token = begun.value.attemptToken;
    const page = await viewAttempt(token, "sign-in", null, new Date());
    expect(page?.asked).toMatchObject({ lastDigits: all.numbers[1]?.slice(-2) });
    for (const id of [all.phone, all.app])
      expect(await choose(token, "sign-in", null, id, visitAt())).toMatchObject({ reason: "method-gone" });
    const got = await answer(
      { token, answer: appCode(all.person), isTrustAsked: false },
      noCookies,
      visitAt(),
    );
    expect(got.ok).toBe(false);
  });

  it("leaves the second step on where nothing but recovery codes is left", async () => {
    const all = await robbed(true);
    await db().method.update({ where: { id: all.other }, data: { removedAt: new Date() } });
    await db().session.update({ where: { id: all.owner.id }, data: { provenMethodId: null } });
    await suspendPhone(all.phone, [], all.owner, visitAt());
    const begun = await begin({ email: all.person.email, password }, noCookies, visitAt());
    if (!begun.ok || begun.value.kind !== "asked") throw new Error("let in by the password alone");
    const code = all.person.recoveryCodes[0] ?? "";
    expect(
      await answer(
        { token: begun.value.attemptToken, answer: code, isTrustAsked: false },
        noCookies,
        visitAt(),
      ),
    ).toMatchObject({ ok: true });
  });

  it("cannot be tried", async () => {
    const all = await suspended();
    for (const id of [all.phone, all.app]) {
      expect(await viewMethodTrial("try", id, all.owner, new Date())).toBeUndefined();
      expect(await sendTrialCode("try", id, all.owner, visitAt())).toMatchObject({ reason: "gone" });
      expect(await tryMethod("try", id, appCode(all.person), all.owner, visitAt())).toMatchObject({
        reason: "gone",
      });
    }
  });

  it("as a passkey opens nothing, and is not thrown away by the browser that keeps it", async () => {
    const all = await robbed();
    const owner = { ...all.owner, name: all.person.name };
    const passkey = await withPasskey(owner, all.phone);
    await db().session.update({ where: { id: all.owner.id }, data: { provenMethodId: all.other } });
    await suspendPhone(all.phone, [], all.owner, visitAt());
    const got = await signInByPasskey(
      passkey.answer(passkeyOptionsForSignIn(new Date())),
      noCookies,
      visitAt(),
    );
    expect(got).toMatchObject({ ok: false, reason: "wrong" });
    const signals = await passkeySignals(
      { id: all.person.id, email: "", name: "", hasPasskeys: true },
      new Date(),
    );
    expect(signals?.accepted.allAcceptedCredentialIds).toEqual([passkey.id]);
  });
});

describe("whoever suspended a phone", () => {
  it("takes nothing of it away: neither by removing it nor by turning the second step off, and its link lives", async () => {
    const all = await suspended();
    for (const id of [all.phone, all.app])
      expect(await removeMethod(id, true, all.owner, visitAt())).toMatchObject({ reason: "not-there" });
    const token = await linkTo(all);
    expect(await turnOff(all.owner, visitAt())).toMatchObject({ ok: true });
    for (const id of [all.phone, all.app]) {
      const { removedAt, removalId } = await rowOf(id);
      expect([removedAt, removalId === null]).toEqual([null, false]);
    }
    expect(await restorePhone(all.phone, all.owner, visitAt())).toMatchObject({ reason: "not-there" });
    const page = await viewWayBack(token, new Date());
    expect(page.ok && page.value.ways.map(({ id }) => id)).toEqual([all.app]);
    await chooseForWayBack(token, all.app, visitAt());
    const done = await putBack(token, appCode(all.person), visitAt(), password);
    expect(done).toMatchObject({ ok: true });
    const account = await db().account.findUniqueOrThrow({ where: { id: all.person.id } });
    expect(account.twoStepOnAt).not.toBeNull();
  });
});

describe("taking it into use again", () => {
  it("brings everything back behind the others, by a proof of what was not suspended", async () => {
    const all = await suspended();
    expect(await restorePhone(all.phone, all.owner, visitAt())).toMatchObject({ ok: true });
    expect(await activeIds(all)).toEqual([all.other, all.phone, all.app]);
    expect(await restorePhone(all.phone, all.owner, visitAt())).toMatchObject({ reason: "not-there" });
  });

  it("is refused to a session that was proven with what is suspended, and to another account", async () => {
    const all = await suspended();
    await db().session.update({ where: { id: all.owner.id }, data: { provenMethodId: all.app } });
    expect(await restorePhone(all.phone, all.owner, visitAt())).toMatchObject({ reason: "prove-another" });
    const stranger = await robbed();
    expect(await restorePhone(all.phone, stranger.owner, visitAt())).toMatchObject({ reason: "not-there" });
    expect(await activeIds(all)).toEqual([all.other]);
  });

  it("by the link in the mail it takes the password beside a method: the phone and the mail on it are not enough", async () => {
    const all = await suspended();
    const token = await linkTo(all);
    const page = await viewWayBack(token, new Date());
    expect(page.ok && page.value.ways.map(({ id }) => id)).toEqual([all.other, all.app]);
    expect(await chooseForWayBack(token, all.phone, visitAt())).toMatchObject({ reason: "method-gone" });
    await chooseForWayBack(token, all.app, visitAt());
    for (const guess of ["", "not this one 5"])
      expect(await putBack(token, appCode(all.person), visitAt(), guess)).toMatchObject({
        reason: "password-or-code",
      });
    expect(await chooseForWayBack(token, all.other, visitAt())).toMatchObject({ ok: true });
    const code = newestCode(all.numbers[1] ?? "");
    expect(await putBack(token, code, visitAt())).toMatchObject({ reason: "password-or-code" });
    expect(await putBack(token, code, visitAt(), password)).toEqual({ ok: true, value: "phone-suspended" });
    expect(await activeIds(all)).toEqual([all.other, all.phone, all.app]);
    expect(await db().session.count({ where: { accountId: all.person.id } })).toBe(0);
  });

  it("by that link not by a number that wrong codes disabled", async () => {
    const all = await suspended();
    const token = await linkTo(all);
    await db().method.update({ where: { id: all.other }, data: { disabledAt: new Date() } });
    const page = await viewWayBack(token, new Date());
    expect(page.ok && page.value.ways.map(({ id }) => id)).toEqual([all.app]);
  });

  it("by that link not by a number that wrong codes disable between the page and the press: it stays disabled, and the link lives", async () => {
    const all = await suspended();
    const token = await linkTo(all);
    await chooseForWayBack(token, all.other, visitAt());
    const code = newestCode(all.numbers[1] ?? "");
    const done = await whileAccountIsLocked(
      all.owner,
      () => putBack(token, code, visitAt(), password),
      (tx) => tx.method.update({ where: { id: all.other }, data: { failures: 100, disabledAt: new Date() } }),
    );
    expect(done).toMatchObject({ reason: "method-gone" });
    expect(await rowOf(all.other)).toMatchObject({ failures: 100 });
    expect(await activeIds(all)).toEqual([]);
    await chooseForWayBack(token, all.app, visitAt());
    expect(await putBack(token, appCode(all.person), visitAt(), password)).toMatchObject({ ok: true });
  });

  it("by that link a password that nobody had time to compare costs no try of it", async () => {
    const all = await suspended();
    const token = await linkTo(all);
    await chooseForWayBack(token, all.app, visitAt());
    const tries = async () =>
      (await db().removal.findFirstOrThrow({ where: { accountId: all.person.id } })).tries;
    const before = await tries();
    const code = appCode(all.person);
    expect(await whileLineIsFull(() => putBack(token, code, visitAt(), password))).toMatchObject({
      reason: "busy",
    });
    expect(await tries()).toBe(before);
    expect(await putBack(token, code, visitAt(), password)).toMatchObject({ ok: true });
  });

  it("by that link not with a password that is another one by the time it is pressed", async () => {
    for (const passwordChangedAt of [after(new Date(), seconds(1)), before(new Date(), days(1))]) {
      const all = await suspended();
      const token = await linkTo(all);
      await chooseForWayBack(token, all.app, visitAt());
      const done = await whileAccountIsLocked(
        all.owner,
        () => putBack(token, appCode(all.person), visitAt(), password),
        (tx) =>
          tx.account.update({
            where: { id: all.person.id },
            data: { passwordHash: "another", passwordChangedAt },
          }),
      );
      expect(done.ok).toBe(false);
      expect(await activeIds(all)).toEqual([all.other]);
    }
  });

  it("by that link not with a password that the mailbox chose since", async () => {
    const all = await suspended();
    const token = await linkTo(all);
    const passwordChangedAt = after(new Date(), seconds(1));
    await db().account.update({ where: { id: all.person.id }, data: { passwordChangedAt } });
    expect(await viewWayBack(token, new Date())).toMatchObject({ value: { ways: [] } });
    expect(await putBack(token, appCode(all.person), visitAt(), password)).toMatchObject({
      reason: "method-gone",
    });
  });

  it("brings nothing into use that wrong codes had disabled: neither from the settings nor by the link, but what proves the link", async () => {
    const disabledApp = async () => {
      const all = await robbed();
      const data = { failures: 100, disabledAt: new Date() };
      await db().method.update({ where: { id: all.app }, data });
      expect(await suspendPhone(all.phone, [], all.owner, visitAt())).toMatchObject({ ok: true });
      await db().limit.deleteMany();
      return all;
    };
    const own = await disabledApp();
    const [{ methods = [] } = {}] = await suspensions(own);
    expect(methods.map(({ isDisabled }) => isDisabled)).toEqual([false, true]);
    expect(await restorePhone(own.phone, own.owner, visitAt())).toMatchObject({ ok: true });
    expect(await activeIds(own)).toEqual([own.other, own.phone]);
    expect(await rowOf(own.app)).toMatchObject({
      failures: 100,
      suspendedAt: null,
      disabledAt: expect.any(Date),
    });
    // From there it is taken into use again by its own code, as before.
    const code = appCode(own.person);
    expect(await tryMethod("enable", own.app, code, own.owner, visitAt())).toMatchObject({ ok: true });

    const byNumber = await disabledApp();
    const token = await linkTo(byNumber);
    await chooseForWayBack(token, byNumber.other, visitAt());
    const sent = newestCode(byNumber.numbers[1] ?? "");
    expect(await putBack(token, sent, visitAt(), password)).toMatchObject({ ok: true });
    expect(await activeIds(byNumber)).toEqual([byNumber.other, byNumber.phone]);

    const byItself = await disabledApp();
    const link = await linkTo(byItself);
    await chooseForWayBack(link, byItself.app, visitAt());
    expect(await putBack(link, appCode(byItself.person), visitAt(), password)).toMatchObject({ ok: true });
    expect(await activeIds(byItself)).toEqual([byItself.other, byItself.phone, byItself.app]);
  });

  it("a number that was added anew meanwhile is not there twice", async () => {
    const all = await suspended();
    const { identity } = await rowOf(all.phone);
    await db().method.update({ where: { id: all.other }, data: { identity } });
    expect(await restorePhone(all.phone, all.owner, visitAt())).toMatchObject({ ok: true });
    expect(await activeIds(all)).toEqual([all.other, all.app]);
  });
});

describe("after thirty days", () => {
  const longBefore = before(new Date(), days(90));
  const passwordOf = (all: Robbed, passwordChangedAt: Date) =>
    db().account.update({ where: { id: all.person.id }, data: { passwordChangedAt } });
  const overdue = async (all: Robbed): Promise<void> => {
    await passwordOf(all, longBefore);
    await db().method.updateMany({
      where: { accountId: all.person.id, suspendedAt: { not: null } },
      data: { suspendedAt: before(new Date(), numbers.stolen.reversibleFor), suspendedUntil: new Date() },
    });
  };

  it("what is removed comes back within seven days by the link in its mail: the password, and a method that is in force", async () => {
    const all = await suspended();
    await overdue(all);
    // As we advised: a new password for whoever was robbed.
    await passwordOf(all, new Date());
    expect(await removeOverdue(new Date())).toBe(2);
    const token = await linkTo(all);
    expect(await viewWayBack(token, new Date())).toMatchObject({
      value: { kind: "suspended-removed", takesPassword: true, ways: [{ id: all.other }] },
    });
    await db().limit.deleteMany();
    await chooseForWayBack(token, all.other, visitAt());
    const code = newestCode(all.numbers[1] ?? "");
    expect(await putBack(token, code, visitAt())).toMatchObject({ reason: "password-or-code" });
    expect(await putBack(token, code, visitAt(), password)).toEqual({ ok: true, value: "suspended-removed" });
    expect(await activeIds(all)).toEqual([all.other, all.phone, all.app]);
    expect(await rowOf(all.app)).toMatchObject({ suspendedAt: null, suspendedUntil: null, disabledAt: null });
  });

  it("whoever suspended it from somebody else is undone by the app that was removed, with a password that nobody changed since", async () => {
    const all = await suspended();
    await overdue(all);
    await removeOverdue(new Date());
    const token = await linkTo(all);
    const page = await viewWayBack(token, new Date());
    // Never by the number: it may be in other hands.
    expect(page.ok && page.value.ways.map(({ id }) => id)).toEqual([all.other, all.app]);
    await chooseForWayBack(token, all.app, visitAt());
    await passwordOf(all, new Date());
    expect(await putBack(token, appCode(all.person), visitAt(), password)).toMatchObject({ ok: false });
    await passwordOf(all, longBefore);
    expect(await putBack(token, appCode(all.person), visitAt(), password)).toMatchObject({ ok: true });
    expect(await activeIds(all)).toEqual([all.other, all.phone, all.app]);
  });

  it("its mail has the link only where something could prove it, says what that is, and otherwise what else to do", async () => {
    const inForce = await suspended();
    await overdue(inForce);
    expect(await removeOverdue(new Date())).toBe(2);
    expect(await mailTo(inForce)).toMatch(/takes your password and one of your methods:\n\S+\/put-back\//);

    // The second step was switched off since: only the app that goes, with the password of that day.
    const appAlone = await suspended();
    await turnOff(appAlone.owner, visitAt());
    await overdue(appAlone);
    expect(await removeOverdue(new Date())).toBe(2);
    expect(await mailTo(appAlone)).toMatch(
      /the authenticator app or passkey that was removed:\n\S+\/put-back\//,
    );
    expect(await viewWayBack(await linkTo(appAlone), new Date())).toMatchObject({
      value: { ways: [{ id: appAlone.app }] },
    });

    // And a new password besides: nothing at all.
    const nothing = await suspended();
    await turnOff(nothing.owner, visitAt());
    await overdue(nothing);
    await passwordOf(nothing, new Date());
    expect(await removeOverdue(new Date())).toBe(2);
    const mail = await mailTo(nothing);
    expect(mail).toContain("Nothing is left that could prove that it is you, so no link can put it back.");
    expect(mail).toContain("/forgot-password");
    expect(mail).not.toContain("/put-back/");
    const where = { accountId: nothing.person.id, kind: "suspended-removed" };
    expect(await db().removal.count({ where })).toBe(0);
    expect((await rowOf(nothing.app)).removalId).toBeNull();
  });

  it("the undo of what was removed takes its proof: not the link alone, not the password alone, not the method alone", async () => {
    const all = await suspended();
    await overdue(all);
    await removeOverdue(new Date());
    const token = await linkTo(all);
    expect(await putBack(token, "000000", visitAt(), password)).toMatchObject({ reason: "method-gone" });
    // The number that was stolen proves nothing, and no other account's method does.
    const stranger = await robbed();
    for (const id of [all.phone, stranger.other])
      expect(await chooseForWayBack(token, id, visitAt())).toMatchObject({ reason: "method-gone" });
    await chooseForWayBack(token, all.app, visitAt());
    const code = appCode(all.person);
    const wrong = code === "000000" ? "000001" : "000000";
    for (const [digits, said] of [
      [wrong, password],
      [code, ""],
      [code, "not this one 5"],
    ] as const)
      expect(await putBack(token, digits, visitAt(), said)).toMatchObject({ reason: "password-or-code" });
    expect(await activeIds(all)).toEqual([all.other]);
    expect(await putBack(token, code, visitAt(), password)).toMatchObject({ ok: true });
  });

  it("pressed twice at the same moment, by whichever ways, the undo happens once", async () => {
    const all = await suspended();
    await overdue(all);
    await removeOverdue(new Date());
    const token = await linkTo(all);
    await db().limit.deleteMany();
    await chooseForWayBack(token, all.app, visitAt());
    const same = await Promise.all(
      [1, 2, 3].map(() => putBack(token, appCode(all.person), visitAt(), password)),
    );
    expect(same.filter(({ ok }) => ok)).toHaveLength(1);
    expect(await activeIds(all)).toEqual([all.other, all.phone, all.app]);
    const where = { accountId: all.person.id, kind: "phone-restored" };
    expect(await db().event.count({ where })).toBe(1);
    expect(await putBack(token, appCode(all.person), visitAt(), password)).toMatchObject({
      reason: "link-used",
    });
  });

  it("nothing goes while nothing else would let its owner in: it stays for as long again, and they are told once", async () => {
    const all = await suspended(true);
    await db().method.update({ where: { id: all.other }, data: { removedAt: new Date() } });
    await overdue(all);
    const removed = await Promise.all([removeOverdue(new Date()), removeOverdue(new Date())]);
    expect(removed).toEqual([0, 0]);
    const [suspension] = await suspensions(all);
    expect(suspension?.methods).toHaveLength(2);
    expect(suspension?.until.getTime()).toBeGreaterThan(after(new Date(), days(29)).getTime());
    const where = { accountId: all.person.id, kind: "suspended-kept" };
    expect(await db().event.count({ where })).toBe(1);
    // With another method it goes on the day that was said.
    await db().method.update({ where: { id: all.other }, data: { removedAt: null } });
    expect(await removeOverdue(new Date())).toBe(0);
    await overdue(all);
    expect(await removeOverdue(new Date())).toBe(2);
  });

  it("it goes where two-step is off, because the password alone lets its owner in", async () => {
    const all = await suspended();
    expect(await turnOff(all.owner, visitAt())).toMatchObject({ ok: true });
    await overdue(all);
    expect(await removeOverdue(new Date())).toBe(2);
  });

  it("what is still suspended is removed, once with two instances looking, and nothing else is", async () => {
    const all = await suspended();
    await removeOverdue(new Date());
    expect((await rowOf(all.phone)).removedAt).toBeNull();
    await Promise.all([removeOverdue(tooLate()), removeOverdue(tooLate())]);
    for (const id of [all.phone, all.app]) expect((await rowOf(id)).removedAt).not.toBeNull();
    expect(await activeIds(all)).toEqual([all.other]);
    expect(await db().event.count({ where: { accountId: all.person.id, kind: "suspended-removed" } })).toBe(
      2,
    );
    expect(await restorePhone(all.phone, all.owner, visitAt())).toMatchObject({ reason: "not-there" });
  });
});
