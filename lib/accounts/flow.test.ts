import { randomUUID } from "node:crypto";
import { afterAll, expect, test } from "vitest";
import { closePool, db } from "@/lib/db";
import { after, hours, minutes, seconds } from "@/lib/kernel/durations";
import { hashToken, open, randomToken } from "@/lib/kernel/secrets";
import type { Visit } from "@/lib/kernel/visit";
import { hashPassword, isPassword } from "@/lib/passwords";
import { whileAccountIsLocked } from "@/lib/setup/test-account";
import {
  askEmailChange,
  askReset,
  beginSignUp,
  changeName,
  changePassword,
  confirmEmailChange,
  confirmSignUp,
  ownerOfResetLink,
  readResetLink,
  readSignUpLink,
  resetPassword,
  takeResetLink,
} from "./index";
import { endLinks } from "./store";

afterAll(closePool);

let addresses = 0;
/** A visit from an address of its own, so that no test uses up another's budget. */
const visitAt = (now = new Date()): Visit => {
  addresses += 1;
  return { now, address: `192.0.2.${addresses % 250}`, browser: "Firefox · Linux" };
};
const oldPassword = "an old pair of shoes";
const newPassword = "a new pair of boots";
const oldHash = hashPassword(oldPassword);

/** An account with one session, one trusted device, one unfinished sign-in and one method. */
async function person(): Promise<{ id: string; email: string; sessionId: string }> {
  const [id, sessionId] = [randomUUID(), randomUUID()];
  const email = `p-${id}@example.com`;
  const at = new Date();
  const seen = { accountId: id, address: "192.0.2.1", browser: "Firefox", createdAt: at, lastSeenAt: at };
  await db().account.create({
    data: {
      id,
      name: "Grace",
      email,
      emailKey: email,
      passwordHash: await oldHash,
      passwordChangedAt: at,
      twoStepOnAt: at,
      createdAt: at,
    },
  });
  await db().session.create({ data: { id: sessionId, tokenHash: hashToken(randomToken()), ...seen } });
  await db().session.create({ data: { id: randomUUID(), tokenHash: hashToken(randomToken()), ...seen } });
  await db().device.create({
    data: {
      id: randomUUID(),
      tokenHash: hashToken(randomToken()),
      trustedAt: at,
      trustedUntil: after(at, hours(100)),
      ...seen,
    },
  });
  await db().signInAttempt.create({
    data: {
      id: randomUUID(),
      tokenHash: hashToken(randomToken()),
      accountId: id,
      purpose: "sign-in",
      reason: "new-browser",
      tries: 5,
      createdAt: at,
      expiresAt: after(at, minutes(10)),
    },
  });
  await db().method.create({
    data: { id: randomUUID(), accountId: id, kind: "app", data: "sealed", position: 0, createdAt: at },
  });
  return { id, email, sessionId };
}

type Mail = { to: string; subject: string; body: string; purpose: string };

/** Every mail that is still to go out and is addressed to somebody, oldest first. */
async function mails(to: string): Promise<Mail[]> {
  const rows = await db().message.findMany({ orderBy: { createdAt: "asc" } });
  return rows
    .map((row): Mail => {
      const context = { table: "Message", row: row.id, account: row.accountId ?? "" };
      return { ...JSON.parse(open(row.content ?? "", context)), purpose: row.purpose };
    })
    .filter((mail) => mail.to === to);
}

const tokenOf = (mail: Mail | undefined): string => /\/([\w-]{43})\b/.exec(mail?.body ?? "")?.[1] ?? "";
const newAddress = () => `n-${randomUUID()}@example.com`;
const signUp = (email: string, visit = visitAt(), password = newPassword) =>
  beginSignUp({ name: "Ann", email, password, browserToken: undefined }, visit);
const countAccounts = (email: string) => db().account.count({ where: { emailKey: email } });
const eventKinds = async (accountId: string) =>
  (await db().event.findMany({ where: { accountId }, orderBy: { id: "asc" } })).map((event) => event.kind);

test("known and unknown addresses get the same answer to a sign-up, and one mail each", async () => {
  const known = await person();
  const unknown = newAddress();
  const answers = [await signUp(known.email), await signUp(unknown)];
  for (const answer of answers)
    expect(answer).toEqual({ ok: true, value: { browserToken: expect.stringMatching(/^[\w-]{43}$/) } });
  expect(await mails(known.email)).toHaveLength(1);
  expect(tokenOf((await mails(known.email))[0])).toBe("");
  expect(await mails(unknown)).toHaveLength(1);
  expect(tokenOf((await mails(unknown))[0])).not.toBe("");
  expect(await countAccounts(unknown)).toBe(0);
});

test("a mail about a browser that says nothing of itself says that it is unknown, not nothing", async () => {
  const { email } = await person();
  const visit = { ...visitAt(), browser: "" };
  await signUp(email, visit);
  await askReset(email, visit);
  const told = (await mails(email)).map(({ body }) => /^From: .*$/m.exec(body)?.[0]);
  expect(told).toEqual(Array(2).fill(`From: ${visit.address}, an unknown browser`));
});

test("a double submit of a sign-up sends one mail, and a mailbox gets at most three an hour", async () => {
  const email = newAddress();
  const visit = visitAt();
  await Promise.all([1, 2, 3, 4].map(() => signUp(email, visit)));
  expect(await mails(email)).toHaveLength(1);
  for (let n = 0; n < 6; n++) expect((await signUp(email)).ok).toBe(true);
  expect(await mails(email)).toHaveLength(3);
});

test("one network address is told when it asks for too many mails", async () => {
  const visit = visitAt();
  const answers = await Promise.all(Array.from({ length: 22 }, () => askReset(newAddress(), visit)));
  expect(answers.filter((answer) => answer.ok)).toHaveLength(20);
  expect(answers.filter((answer) => !answer.ok && answer.reason === "limit")).toHaveLength(2);
});

test("a new address that had its mails of the hour is refused at every press, and no press says that one was sent", async () => {
  const address = newAddress();
  const ask = async () => {
    const { id, sessionId } = await person();
    return () => askEmailChange({ id: sessionId, accountId: id }, address, visitAt());
  };
  for (let n = 0; n < 3; n++) expect(await (await ask())()).toMatchObject({ ok: true });
  const press = await ask();
  for (const _press of [1, 2]) expect(await press()).toMatchObject({ ok: false, reason: "limit" });
});

test("twenty presses on the link of a sign-up make one account; afterwards the link is used", async () => {
  const email = newAddress();
  const begun = await signUp(email);
  const browserToken = begun.ok ? begun.value.browserToken : undefined;
  const token = tokenOf((await mails(email))[0]);
  const input = { token, browserToken, password: "" };
  const done = await Promise.all(Array.from({ length: 20 }, () => confirmSignUp(input, visitAt())));
  expect(done.filter((answer) => answer.ok)).toHaveLength(1);
  expect(done.every((answer) => answer.ok || answer.reason === "used")).toBe(true);
  const account = await db().account.findUniqueOrThrow({ where: { emailKey: email } });
  expect(await eventKinds(account.id)).toEqual(["account-created"]);
  expect(await db().session.count({ where: { accountId: account.id } })).toBe(0);
  expect((await readSignUpLink(token, browserToken, new Date())).state).toBe("used");
});

test("links of one address pressed at the same moment make one account, and the others die", async () => {
  for (let round = 0; round < 4; round++) {
    const email = newAddress();
    const browserToken = randomToken();
    for (let n = 0; n < 3; n++)
      await beginSignUp({ name: "Ann", email, password: newPassword, browserToken }, visitAt());
    const tokens = (await mails(email)).map(tokenOf);
    expect(tokens).toHaveLength(3);
    const presses = tokens.map((token) => confirmSignUp({ token, browserToken, password: "" }, visitAt()));
    expect((await Promise.all(presses)).filter((answer) => answer.ok)).toHaveLength(1);
    expect(await countAccounts(email)).toBe(1);
  }
});

test("asking for a link while another one is used neither fails nor waits for ever", async () => {
  for (let round = 0; round < 4; round++) {
    const { email } = await person();
    await askReset(email, visitAt());
    const token = tokenOf((await mails(email))[0]);
    const both = [askReset(email, visitAt()), resetPassword({ token, password: newPassword }, visitAt())];
    expect((await Promise.all(both))[0]).toMatchObject({ ok: true });
  }
});

test("a stranger's sign-up cannot be confirmed from the owner's browser without the stranger's password", async () => {
  const email = newAddress();
  await signUp(email, visitAt(), "chosen by a stranger");
  const token = tokenOf((await mails(email))[0]);
  const press = (password: string, browserToken: string | undefined) =>
    confirmSignUp({ token, browserToken, password }, visitAt());
  expect(await press("", undefined)).toMatchObject({ reason: "password-missing" });
  expect(await press("", randomToken())).toMatchObject({ reason: "password-missing" });
  expect(await press("my own good password", randomToken())).toMatchObject({ reason: "password-wrong" });
  expect(await countAccounts(email)).toBe(0);
  expect(await press("chosen by a stranger", undefined)).toMatchObject({ ok: true });
});

test("wrong passwords at a link are counted, and the right one does not help any more", async () => {
  const email = newAddress();
  await signUp(email);
  const token = tokenOf((await mails(email))[0]);
  const visit = visitAt();
  const press = (password: string) => confirmSignUp({ token, browserToken: undefined, password }, visit);
  const wrong = await Promise.all(Array.from({ length: 8 }, (_, n) => press(`wrong number ${n}`)));
  expect(wrong.filter((answer) => !answer.ok && answer.reason === "password-wrong")).toHaveLength(5);
  expect(await press(newPassword)).toMatchObject({ reason: "limit" });
});

test("a link that is cut short, unknown, over or of another kind does nothing", async () => {
  const email = newAddress();
  const begun = await signUp(email);
  const token = tokenOf((await mails(email))[0]);
  const browserToken = begun.ok ? begun.value.browserToken : undefined;
  const press = (text: string, now = new Date()) =>
    confirmSignUp({ token: text, browserToken, password: "" }, visitAt(now));
  expect(await press(token.slice(1))).toMatchObject({ reason: "malformed" });
  expect(await press(randomToken())).toMatchObject({ reason: "unknown" });
  expect(await press(token, after(new Date(), hours(25)))).toMatchObject({ reason: "expired" });
  expect(await resetPassword({ token, password: newPassword }, visitAt())).toMatchObject({
    reason: "unknown",
  });
  expect(await confirmEmailChange(token, undefined, visitAt())).toMatchObject({ reason: "unknown" });
  expect(await countAccounts(email)).toBe(0);
});

test("known and unknown addresses get the same answer to a forgotten password; only the stored address gets mail", async () => {
  const { email } = await person();
  const unknown = newAddress();
  const answers = [await askReset(` ${email.toUpperCase()} `, visitAt()), await askReset(unknown, visitAt())];
  expect(answers[0]).toEqual(answers[1]);
  expect(await mails(email)).toHaveLength(1);
  expect(await mails(unknown)).toHaveLength(0);
  const over = await db().message.findMany({ where: { purpose: "reset-password", accountId: null } });
  expect(over.every((message) => message.expiresAt <= message.createdAt)).toBe(true);
});

test("of two links to a new password only the newest works, also when both are asked for at once", async () => {
  const { email, id } = await person();
  const first = visitAt(new Date(Date.now() - seconds(60)));
  await askReset(email, first);
  await askReset(email, visitAt());
  const [old, newest] = (await mails(email)).map(tokenOf);
  expect(await resetPassword({ token: old ?? "", password: newPassword }, visitAt())).toMatchObject({
    reason: "expired",
  });
  expect(await resetPassword({ token: newest ?? "", password: newPassword }, visitAt())).toMatchObject({
    ok: true,
  });

  const other = await person();
  await Promise.all([1, 2, 3].map(() => askReset(other.email, visitAt())));
  const live = { accountId: other.id, usedAt: null, expiresAt: { gt: new Date() } };
  expect(await db().mailLink.count({ where: live })).toBe(1);
  expect(id).not.toBe(other.id);
});

test("twenty presses on a reset link change the password once; sessions, trust and attempts end, methods stay", async () => {
  const { email, id } = await person();
  await askReset(email, visitAt());
  const token = tokenOf((await mails(email))[0]);
  const done = await Promise.all(
    Array.from({ length: 20 }, (_, n) =>
      resetPassword({ token, password: `${newPassword} ${n}` }, visitAt()),
    ),
  );
  const winners = done.flatMap((answer, n) => (answer.ok ? [n] : []));
  expect(winners).toHaveLength(1);
  expect(done.every((answer) => answer.ok || answer.reason === "used")).toBe(true);

  const account = await db().account.findUniqueOrThrow({ where: { id } });
  expect(await isPassword(`${newPassword} ${winners[0]}`, account.passwordHash)).toBe(true);
  expect(account.twoStepOnAt).not.toBeNull();
  expect(await db().session.count({ where: { accountId: id } })).toBe(0);
  expect(await db().signInAttempt.count({ where: { accountId: id } })).toBe(0);
  expect(await db().device.count({ where: { accountId: id, trustedUntil: { not: null } } })).toBe(0);
  expect(await db().method.count({ where: { accountId: id, removedAt: null } })).toBe(1);
  expect(await eventKinds(id)).toEqual(["password-reset-asked", "password-reset"]);
  expect((await mails(email)).map((mail) => mail.purpose)).toEqual(["reset-password", "alert"]);
});

test("a reset link is over after half an hour", async () => {
  const { email } = await person();
  await askReset(email, visitAt());
  const token = tokenOf((await mails(email))[0]);
  const late = visitAt(after(new Date(), minutes(31)));
  expect(await resetPassword({ token, password: newPassword }, late)).toMatchObject({ reason: "expired" });
});

test("a link that was ended is over for whoever began to use it before, and where the clock is behind", async () => {
  const { email, id } = await person();
  const early = visitAt(new Date(Date.now() - hours(1)));
  await askReset(email, visitAt());
  const token = tokenOf((await mails(email))[0]);
  const inTime = await whileAccountIsLocked(
    { accountId: id },
    () => resetPassword({ token, password: newPassword }, visitAt()),
    // The link was looked at already; whoever asks for the next one ends it.
    (tx) => endLinks(tx, id, "reset-password"),
  );
  expect(inTime).toMatchObject({ ok: false, reason: "used" });
  expect(await resetPassword({ token, password: newPassword }, early)).toMatchObject({ reason: "expired" });
  expect(await readResetLink(token, early.now)).toBe("expired");
});

test("a link to a new password dies with the address that it was mailed to (AT-076)", async () => {
  const { email, id } = await person();
  await askReset(email, visitAt());
  const token = tokenOf((await mails(email))[0]);
  const other = newAddress();
  await db().account.update({ where: { id }, data: { email: other, emailKey: other } });
  expect(await readResetLink(token, new Date())).toBe("expired");
  expect(await ownerOfResetLink(token, new Date())).toBeUndefined();
  expect(await takeResetLink(token, new Date())).toBeUndefined();
  expect(await resetPassword({ token, password: newPassword }, visitAt())).toMatchObject({
    reason: "expired",
  });
});

test("an address that is given up while a link to a new password is asked for gets none (AT-076)", async () => {
  const { email, id } = await person();
  const other = newAddress();
  await whileAccountIsLocked(
    { accountId: id },
    () => askReset(email, visitAt()),
    (tx) => tx.account.update({ where: { id }, data: { email: other, emailKey: other } }),
  );
  expect(await mails(email)).toEqual([]);
  expect(await mails(other)).toEqual([]);
  expect(await db().mailLink.count({ where: { accountId: id } })).toBe(0);
  expect(await eventKinds(id)).toEqual([]);
});

test("a password that is refused leaves the link usable", async () => {
  const { email } = await person();
  await askReset(email, visitAt());
  const token = tokenOf((await mails(email))[0]);
  expect(await resetPassword({ token, password: "password1" }, visitAt())).toMatchObject({
    reason: "password-common",
  });
  expect(await resetPassword({ token, password: newPassword }, visitAt())).toMatchObject({ ok: true });
});

test("a new name is one event and one mail, however often it is saved", async () => {
  const { email, id, sessionId } = await person();
  const session = { id: sessionId, accountId: id };
  await Promise.all([1, 2, 3, 4].map(() => changeName(session, "Ada", visitAt())));
  expect((await db().account.findUniqueOrThrow({ where: { id } })).name).toBe("Ada");
  expect(await eventKinds(id)).toEqual(["name-changed"]);
  expect(await mails(email)).toHaveLength(1);
});

test("an address changes only by its link; both addresses are told, then and when it happens", async () => {
  const { email, id, sessionId } = await person();
  const session = { id: sessionId, accountId: id };
  const wanted = newAddress();
  await Promise.all([1, 2, 3].map(() => askEmailChange(session, wanted, visitAt())));
  expect((await db().account.findUniqueOrThrow({ where: { id } })).email).toBe(email);
  expect(await mails(email)).toHaveLength(1);
  expect(await mails(wanted)).toHaveLength(1);
  expect(await eventKinds(id)).toEqual(["email-change-asked"]);

  await askReset(email, visitAt());
  const reset = tokenOf((await mails(email)).find((mail) => mail.purpose === "reset-password"));
  const token = tokenOf((await mails(wanted))[0]);
  const done = await Promise.all([1, 2, 3, 4, 5].map(() => confirmEmailChange(token, session, visitAt())));
  expect(done.filter((answer) => answer.ok)).toHaveLength(1);
  expect(await db().account.findUniqueOrThrow({ where: { id } })).toMatchObject({
    email: wanted,
    emailKey: wanted,
  });
  expect((await db().session.findMany({ where: { accountId: id } })).map((row) => row.id)).toEqual([
    sessionId,
  ]);
  expect(await mails(wanted)).toHaveLength(2);
  expect((await mails(email)).filter((mail) => mail.purpose === "alert")).toHaveLength(2);
  expect(await eventKinds(id)).toEqual(["email-change-asked", "password-reset-asked", "email-changed"]);
  // What was sent to the old mailbox before is dead.
  expect((await resetPassword({ token: reset, password: newPassword }, visitAt())).ok).toBe(false);
});

test("the link of another account does nothing in a browser that is signed in", async () => {
  const [one, other] = [await person(), await person()];
  const wanted = newAddress();
  await askEmailChange({ id: one.sessionId, accountId: one.id }, wanted, visitAt());
  const token = tokenOf((await mails(wanted))[0]);
  const stranger = { id: other.sessionId, accountId: other.id };
  expect(await confirmEmailChange(token, stranger, visitAt())).toMatchObject({ reason: "other-account" });
  for (const { id, email } of [one, other])
    expect((await db().account.findUniqueOrThrow({ where: { id } })).email).toBe(email);
});

test("asking for an address that has an account looks the same, and its owner reads that somebody tried", async () => {
  const [one, owner] = [await person(), await person()];
  const session = { id: one.sessionId, accountId: one.id };
  const free = await askEmailChange(session, newAddress(), visitAt());
  expect(await askEmailChange(session, owner.email, visitAt())).toEqual(free);
  expect((await mails(owner.email)).map(tokenOf)).toEqual([""]);
});

test("of two accounts that confirm one address at the same moment one gets it", async () => {
  const people = [await person(), await person(), await person()];
  const wanted = newAddress();
  for (const { id, sessionId } of people)
    await askEmailChange({ id: sessionId, accountId: id }, wanted, visitAt());
  const tokens = (await mails(wanted)).map(tokenOf);
  const done = await Promise.all(tokens.map((token) => confirmEmailChange(token, undefined, visitAt())));
  expect(done.filter((answer) => answer.ok)).toHaveLength(1);
  expect(done.every((answer) => answer.ok || answer.reason === "taken")).toBe(true);
  expect(await countAccounts(wanted)).toBe(1);
});

test("a changed password ends the link to an address that an intruder asked for", async () => {
  const { id, sessionId } = await person();
  const session = { id: sessionId, accountId: id };
  const wanted = newAddress();
  await askEmailChange(session, wanted, visitAt());
  await changePassword(session, { current: oldPassword, password: newPassword }, visitAt());
  const token = tokenOf((await mails(wanted))[0]);
  expect(await confirmEmailChange(token, undefined, visitAt())).toMatchObject({ reason: "expired" });
});

test("a new password is saved once, keeps this session under a new token and ends the others", async () => {
  const { email, id, sessionId } = await person();
  const session = { id: sessionId, accountId: id };
  const before = await db().session.findUniqueOrThrow({ where: { id: sessionId } });
  const input = { current: oldPassword, password: newPassword };
  const done = await Promise.all([1, 2, 3].map(() => changePassword(session, input, visitAt())));
  expect(done.filter((answer) => answer.ok)).toHaveLength(1);
  const [kept, ...others] = await db().session.findMany({ where: { accountId: id } });
  expect(others).toEqual([]);
  expect(kept?.tokenHash).not.toBe(before.tokenHash);
  const token = done.flatMap((answer) => (answer.ok ? [answer.value.sessionToken] : []))[0];
  expect(kept?.tokenHash).toBe(hashToken(token ?? ""));
  expect(await eventKinds(id)).toEqual(["password-changed"]);
  expect(await mails(email)).toHaveLength(1);
});

test("a wrong current password is counted; five are too many", async () => {
  const { id, sessionId } = await person();
  const session = { id: sessionId, accountId: id };
  const change = (current: string) => changePassword(session, { current, password: newPassword }, visitAt());
  for (let n = 0; n < 5; n++)
    expect(await change("not my password")).toMatchObject({ reason: "current-wrong" });
  expect(await change(oldPassword)).toMatchObject({ reason: "limit" });
  expect(await db().session.count({ where: { accountId: id } })).toBe(2);
});
