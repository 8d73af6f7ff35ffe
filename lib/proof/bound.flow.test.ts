import { readFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { appCode, makePerson, makeSession, type Person, password } from "@/e2e/fixtures/people";
import { closePool, db } from "@/lib/db";
import { outboxPath } from "@/lib/delivery";
import { after, minutes, seconds } from "@/lib/kernel/durations";
import { hashToken } from "@/lib/kernel/secrets";
import { findSession } from "@/lib/sessions";
import { asFound } from "@/lib/setup/test-account";
import { answerProof, beginProof, callInstead, choose } from "@/lib/sign-in";
import { isProofEnough, keepTyped, readTyped, type Task, typedFor } from ".";

afterAll(closePool);

let turn = 0;
const visitAt = (now: Date) => {
  turn += 1;
  return { now, address: `10.8.${turn >> 8}.${turn & 255}`, browser: "Chrome · Linux" };
};

const bodiesTo = (number: string): string[] =>
  readFileSync(outboxPath(), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { to: string; body: string })
    .filter(({ to }) => to === number)
    .map(({ body }) => body);

const numberOf = (person: Person): string => {
  const phone = person.methods.find(({ kind }) => kind === "phone");
  return phone?.kind === "phone" ? phone.number : "";
};

async function inSession(person: Person) {
  const token = await makeSession(person, { isProven: false });
  const tokenHash = hashToken(token);
  const { id } = await db().session.findFirstOrThrow({ where: { tokenHash } });
  return { id, accountId: person.id, email: person.email, tokenHash };
}

async function ask(session: Awaited<ReturnType<typeof inSession>>, task: Task, now = new Date()) {
  const begun = await beginProof({ password, devices: undefined, task }, session, visitAt(now));
  if (!begun.ok || begun.value.kind !== "asked") throw new Error("not asked");
  return begun.value.attemptToken;
}

const codeIn = (body: string | undefined): string =>
  /^\d{6}/.exec(body ?? "")?.[0] ?? /(?:\d, ){5}\d/.exec(body ?? "")?.[0].replaceAll(", ", "") ?? "";

const proofOf = async (token: string) => {
  const session = await findSession(hashToken(token), new Date());
  if (session === undefined) throw new Error("no session");
  return session;
};

describe("a fresh proof by a code that was sent", () => {
  it("says in its text what it does, and is good for exactly that, in that session (AT-038, AT-066)", async () => {
    const person = await makePerson({ methods: ["text", "voice"] });
    const session = await inSession(person);
    const other = await inSession(person);
    const [first, second] = person.methods;
    const now = new Date();
    const remove: Task = { name: "remove-method", subject: second?.id ?? "" };
    const token = await ask(session, remove, now);
    const [body] = bodiesTo(numberOf(person));
    const ending = second?.kind === "phone" ? second.number.slice(-2) : "";
    expect(body).toMatch(
      new RegExp(
        `^\\d{6} REMOVES the phone ending ${ending} from your Latchkey account \\(A\\)\\. We will never ask you for it\\.\\n\\n@\\S+ #\\d{6}$`,
      ),
    );
    const answer = codeIn(body);
    // Another session of the same account cannot give it, nor can another attempt of the same session.
    expect(await answerProof({ token, answer, devices: undefined }, other, visitAt(now))).toMatchObject({
      reason: "gone",
    });
    await db().limit.deleteMany();
    const later = after(now, seconds(40));
    const turnOff = await ask(session, { name: "turn-off" }, later);
    expect(
      await answerProof({ token: turnOff, answer, devices: undefined }, session, visitAt(later)),
    ).toMatchObject({
      reason: "wrong",
    });
    expect(bodiesTo(numberOf(person)).at(-1)).toContain(
      "TURNS OFF Two-Step Verification of your Latchkey account",
    );

    const given = await answerProof({ token, answer, devices: undefined }, session, visitAt(later));
    if (!given.ok) throw new Error(given.reason);
    const proven = await proofOf(given.value.admission.sessionToken);
    expect(isProofEnough(proven, remove, later)).toBe(true);
    expect(isProofEnough(proven, { name: "see-settings" }, later)).toBe(true);
    for (const task of [
      { name: "remove-method", subject: first?.id ?? "" },
      { name: "turn-off" },
      { name: "change-password" },
      { name: "add-method" },
    ] satisfies Task[])
      expect([task.name, isProofEnough(proven, task, later)]).toEqual([task.name, false]);
  });

  it("names the phone that is changed, suspended or taken into use again, and is good for that one alone (AT-038, AT-066)", async () => {
    const said: [Task["name"], RegExp][] = [
      ["enable-method", /^\d{6} TAKES INTO USE AGAIN the phone ending (\d\d) of your Latchkey account \(/],
      ["change-number", /^\d{6} CHANGES the phone number ending (\d\d) of your Latchkey account \(/],
      ["suspend-phone", /^\d{6} SUSPENDS the phone ending (\d\d) of your Latchkey account \(/],
      [
        "restore-phone",
        /^\d{6} TAKES INTO USE AGAIN the suspended phone ending (\d\d) of your Latchkey account \(/,
      ],
    ];
    for (const [name, words] of said) {
      const person = await makePerson({ methods: ["text", "text", "text"] });
      const [asked, about, other] = person.methods;
      const now = new Date();
      if (name === "restore-phone")
        await db().method.update({
          where: { id: about?.id ?? "" },
          data: { disabledAt: now, suspendedAt: now, suspendedUntil: after(now, minutes(1)) },
        });
      if (name === "enable-method")
        await db().method.update({
          where: { id: about?.id ?? "" },
          data: { failures: 100, disabledAt: now },
        });
      const session = await inSession(person);
      const task: Task = { name, subject: about?.id ?? "" };
      const token = await ask(session, task, now);
      const [body] = bodiesTo(asked?.kind === "phone" ? asked.number : "");
      expect(words.exec(body ?? "")?.[1]).toBe(about?.kind === "phone" ? about.number.slice(-2) : "none");
      const given = await answerProof(
        { token, answer: codeIn(body), devices: undefined },
        session,
        visitAt(now),
      );
      if (!given.ok) throw new Error(given.reason);
      const proven = await proofOf(given.value.admission.sessionToken);
      const { createdAt: _sign, ...byCode } = proven;
      expect(isProofEnough(byCode, task, now)).toBe(true);
      expect(isProofEnough(byCode, { name, subject: other?.id ?? "" }, now)).toBe(false);
      expect(isProofEnough(byCode, { name }, now)).toBe(false);
    }
  });

  it("names no method of another account, whatever id is asked for", async () => {
    const [person, stranger] = [
      await makePerson({ methods: ["text"] }),
      await makePerson({ methods: ["text"] }),
    ];
    const session = await inSession(person);
    await ask(session, { name: "restore-phone", subject: stranger.methods[0]?.id ?? "" });
    expect(bodiesTo(numberOf(person))[0]).toContain(
      "TAKES INTO USE AGAIN a suspended phone of your Latchkey account",
    );
  });

  it("a code for the settings in general does nothing grave", async () => {
    const person = await makePerson({ methods: ["text", "voice"] });
    const session = await inSession(person);
    const token = await ask(session, { name: "see-settings" });
    const [body] = bodiesTo(numberOf(person));
    expect(body).toContain("OPENS the settings of your Latchkey account (A)");
    const given = await answerProof(
      { token, answer: codeIn(body), devices: undefined },
      session,
      visitAt(new Date()),
    );
    if (!given.ok) throw new Error(given.reason);
    const proven = await proofOf(given.value.admission.sessionToken);
    expect(isProofEnough(proven, { name: "see-settings" }, new Date())).toBe(true);
    expect(isProofEnough(proven, { name: "change-email" }, new Date())).toBe(false);
  });

  it("a call instead of the text says the same, with the same code", async () => {
    const person = await makePerson({ methods: ["text", "app"] });
    const session = await inSession(person);
    const token = await ask(session, { name: "change-password" });
    await choose(token, "proof", session.id, person.methods[0]?.id ?? "", visitAt(new Date()));
    expect((await callInstead(token, "proof", session.id, visitAt(new Date()))).ok).toBe(true);
    const [text, call] = bodiesTo(numberOf(person));
    expect(text).toContain("CHANGES the password of your Latchkey account");
    expect(call).toContain("It changes the password of your Latchkey account.");
    expect(codeIn(call)).toBe(codeIn(text));
  });
});

it("a fresh proof by the app or a recovery code is good for every action, whatever it was asked for", async () => {
  const person = await makePerson({ methods: ["app", "text"], withRecoveryCodes: true });
  const now = new Date();
  const session = await inSession(person);
  const token = await ask(session, { name: "turn-off" }, now);
  const given = await answerProof(
    { token, answer: appCode(person, now), devices: undefined },
    session,
    visitAt(now),
  );
  if (!given.ok) throw new Error(given.reason);
  expect((await proofOf(given.value.admission.sessionToken)).provenFor).toBeNull();

  const second = await ask(await asFound(session), { name: "turn-off" }, now);
  await choose(second, "proof", session.id, null, visitAt(now));
  const answer = person.recoveryCodes[0] ?? "";
  const again = await answerProof(
    { token: second, answer, devices: undefined },
    await asFound(session),
    visitAt(now),
  );
  if (!again.ok) throw new Error(again.reason);
  expect((await proofOf(again.value.admission.sessionToken)).provenFor).toBeNull();
});

describe("what was typed when a proof had run out", () => {
  it("is kept sealed for its session and its task, for twenty minutes, and no password or code with it", async () => {
    const person = await makePerson();
    const [mine, other] = [await inSession(person), await inSession(person)];
    const now = new Date();
    await keepTyped(mine, { name: "change-email" }, { email: "new@example.com" }, now);
    const { kept } = await db().session.findUniqueOrThrow({ where: { id: mine.id } });
    expect(kept).not.toContain("new@example.com");
    expect(await typedFor(mine, { name: "change-email" }, now)).toEqual({ email: "new@example.com" });
    expect(await typedFor(mine, { name: "change-name" }, now)).toBeUndefined();
    expect(await readTyped(mine, after(now, minutes(20)))).toBeUndefined();
    // More than may be kept is handed in.
    const posted = { email: "new@example.com", password: "of its owner", code: "123456" };
    await keepTyped(mine, { name: "change-email" }, posted, now);
    expect(await typedFor(mine, { name: "change-email" }, now)).toEqual({ email: "new@example.com" });
    // Moved to another session it opens nowhere.
    await db().session.update({ where: { id: other.id }, data: { kept } });
    expect(await readTyped(other, now)).toBeUndefined();
  });
});
