import { expect, it } from "vitest";
import { makePerson, type Person, password } from "@/e2e/fixtures/people";
import { db } from "@/lib/db";
import { numbers } from "@/lib/kernel/numbers";
import { hashToken } from "@/lib/kernel/secrets";
import { giveBackTry } from "@/lib/limits";
import { visitAt, whileLineIsFull } from "@/lib/setup/test-account";
import { presentedTokens } from "@/lib/trusted-devices";
import { answer, begin, choose } from ".";
import { spendAttemptTry } from "./store/tries";

// Whatever cannot be compared because too many hashes wait is no failure of anybody.
const noCookies = { devices: undefined, session: undefined };

async function atRecoveryCodes(person: Person): Promise<string> {
  const begun = await begin({ email: person.email, password }, noCookies, visitAt());
  if (!begun.ok || begun.value.kind !== "asked") throw new Error("not asked");
  await choose(begun.value.attemptToken, "sign-in", null, null, visitAt());
  return begun.value.attemptToken;
}

const give = (token: string, code: string) =>
  answer({ token, answer: code, isTrustAsked: false }, noCookies, visitAt());

const countsOf = async (person: Person) => {
  const { failuresInRow, lockedUntil } = await db().account.findUniqueOrThrow({ where: { id: person.id } });
  const { tries } = await db().signInAttempt.findFirstOrThrow({ where: { accountId: person.id } });
  return { failuresInRow, lockedUntil, tries };
};

it("a right recovery code that nobody had time to compare costs no try and no failure, begins no wait, and works a moment later", async () => {
  const person = await makePerson({ methods: ["app", "text"], withRecoveryCodes: true });
  const token = await atRecoveryCodes(person);
  const failuresInRow = numbers.failuresInRow.step - 1;
  await db().account.update({ where: { id: person.id }, data: { failuresInRow } });
  const code = person.recoveryCodes[0] ?? "";
  const refused = await whileLineIsFull(() => give(token, code));
  expect(refused).toEqual({ ok: false, reason: "busy" });
  expect(await countsOf(person)).toEqual({ failuresInRow, lockedUntil: null, tries: numbers.attempt.tries });
  expect((await give(token, code)).ok).toBe(true);
});

it("an answer that was given again meanwhile stays spent, for its copy may have been compared: many copies of one guess cost a try", async () => {
  const person = await makePerson({ methods: ["app", "text"], withRecoveryCodes: true });
  const token = await atRecoveryCodes(person);
  const { id } = await db().signInAttempt.findFirstOrThrow({ where: { accountId: person.id } });
  const { now, address } = visitAt();
  const spend = (answerHash: string) =>
    spendAttemptTry({
      tokenHash: hashToken(token),
      purpose: "sign-in",
      sessionId: null,
      answerHash,
      deviceTokens: presentedTokens(undefined),
      now,
      address,
    });
  const alone = await spend("alone");
  await giveBackTry(
    "SignInAttempt",
    { isNew: alone?.isNew ?? false },
    { id, hash: "alone", isCounted: true },
  );
  expect(await countsOf(person)).toMatchObject({ failuresInRow: 0, tries: numbers.attempt.tries });

  const [first, copy] = [await spend("joined"), await spend("joined")];
  expect([first?.isNew, copy?.isNew]).toEqual([true, false]);
  await giveBackTry("SignInAttempt", { isNew: true }, { id, hash: "joined", isCounted: true });
  expect((await spend("joined"))?.isNew).toBe(false);
  expect(await countsOf(person)).toMatchObject({ failuresInRow: 1, tries: numbers.attempt.tries - 1 });
});

it("passwords that nobody had time to compare use up no budget", async () => {
  const person = await makePerson();
  const visit = visitAt();
  const signIn = () => begin({ email: person.email, password }, noCookies, visit);
  await whileLineIsFull(async () => {
    for (let turn = 0; turn < numbers.passwordFailures.accountAndDevice.max; turn += 1)
      expect(await signIn()).toMatchObject({ ok: false, reason: "busy" });
  });
  expect((await signIn()).ok).toBe(true);
});
