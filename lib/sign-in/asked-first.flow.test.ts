import { expect, it } from "vitest";
import { appCode, makePerson, type Person, password } from "@/e2e/fixtures/people";
import { db } from "@/lib/db";
import { randomToken } from "@/lib/kernel/secrets";
import type { Visit } from "@/lib/kernel/visit";
import { askFirst, proveAnother, removeMethod } from "@/lib/security";
import { asFound, newestCode, signIn as session } from "@/lib/setup/test-account";
import { answer, answerProof, begin, beginProof, choose, viewAttempt } from ".";

let turn = 0;
const visitAt = (): Visit => {
  turn += 1;
  return { now: new Date(), address: `10.9.${turn >> 8}.${turn & 255}`, browser: "Chrome · Linux" };
};

const unused = async (person: Person): Promise<string> => {
  await db().method.updateMany({ where: { accountId: person.id, kind: "app" }, data: { counter: null } });
  return appCode(person);
};

/** Begins a sign-in on a browser; the token of its attempt and the method that is asked. */
async function asked(person: Person, devices?: string): Promise<{ token: string; kind: string }> {
  await db().limit.deleteMany();
  const begun = await begin({ email: person.email, password }, { devices, session: undefined }, visitAt());
  if (!begun.ok || begun.value.kind !== "asked") throw new Error("not asked");
  const token = begun.value.attemptToken;
  const page = await viewAttempt(token, "sign-in", null, new Date());
  return { token, kind: page?.asked.kind ?? "" };
}

async function finish(person: Person, token: string, code: string, devices?: string): Promise<string> {
  const admitted = await answer(
    { token, answer: code, isTrustAsked: false },
    { devices, session: undefined },
    visitAt(),
  );
  if (!admitted.ok) throw new Error(`${person.email}: ${admitted.reason}`);
  return admitted.value.deviceCookie ?? "";
}

const numberOf = (person: Person): string =>
  person.methods.flatMap((method) => (method.kind === "phone" ? [method.number] : []))[0] ?? "";
const idOf = (person: Person, kind: string): string =>
  person.methods.find((method) => method.kind === kind)?.id ?? "";

it("the method that was used last on this browser is asked first there, and the person's own order on every other", async () => {
  const person = await makePerson({ methods: ["app", "text"] });
  const first = await asked(person);
  expect(first.kind).toBe("app");
  await choose(first.token, "sign-in", null, idOf(person, "phone"), visitAt());
  const devices = await finish(person, first.token, newestCode(numberOf(person)));
  const again = await asked(person, devices);
  expect(again.kind).toBe("phone");
  expect((await asked(person)).kind).toBe("app");
  // Used again by the app, it is the app's turn.
  await choose(again.token, "sign-in", null, idOf(person, "app"), visitAt());
  const renewed = await finish(person, again.token, await unused(person), devices);
  expect((await asked(person, renewed)).kind).toBe("app");
});

it("a recovery code is no method that is remembered, a removed one is not asked, and a new first one is asked everywhere", async () => {
  const person = await makePerson({ methods: ["app", "text", "voice"], withRecoveryCodes: true });
  const first = await asked(person);
  await choose(first.token, "sign-in", null, idOf(person, "phone"), visitAt());
  let devices = await finish(person, first.token, newestCode(numberOf(person)));
  const second = await asked(person, devices);
  await choose(second.token, "sign-in", null, null, visitAt());
  devices = await finish(person, second.token, person.recoveryCodes[0] ?? "", devices);
  expect((await asked(person, devices)).kind).toBe("phone");

  const owner = await session(person.id, person.email);
  expect((await removeMethod(idOf(person, "phone"), false, owner, visitAt())).ok).toBe(true);
  expect((await asked(person, devices)).kind).toBe("app");
  await db().device.updateMany({
    where: { accountId: person.id },
    data: { lastMethodId: idOf(person, "app") },
  });
  expect((await askFirst(person.methods[2]?.id ?? "", owner, visitAt())).ok).toBe(true);
  expect((await asked(person, devices)).kind).toBe("phone");
});

it("a fresh proof says what it was given with; asked for another, it asks the strongest of the others", async () => {
  const person = await makePerson({ methods: ["app", "text"] });
  const owner = await session(person.id, person.email);
  const proof = async (avoidMethodId: string | null) => {
    await db().limit.deleteMany();
    const begun = await beginProof(
      { password, devices: undefined },
      { ...(await asFound(owner)), avoidMethodId },
      visitAt(),
    );
    if (!begun.ok || begun.value.kind !== "asked") throw new Error("not asked");
    const token = begun.value.attemptToken;
    const page = await viewAttempt(token, "proof", owner.id, new Date());
    return { token, kind: page?.asked.kind };
  };
  const stored = () => db().session.findUniqueOrThrow({ where: { id: owner.id } });

  const first = await proof(null);
  expect(first.kind).toBe("app");
  const code = await unused(person);
  expect(
    (
      await answerProof(
        { token: first.token, answer: code, devices: undefined },
        await asFound(owner),
        visitAt(),
      )
    ).ok,
  ).toBe(true);
  expect((await stored()).provenMethodId).toBe(idOf(person, "app"));

  expect(await proveAnother(idOf(person, "app"), owner)).toBe(true);
  const { avoidMethodId } = await stored();
  const second = await proof(avoidMethodId);
  expect(second.kind).toBe("phone");
  const sent = newestCode(numberOf(person));
  expect(
    (
      await answerProof(
        { token: second.token, answer: sent, devices: undefined },
        await asFound(owner),
        visitAt(),
      )
    ).ok,
  ).toBe(true);
  expect(await stored()).toMatchObject({ provenMethodId: idOf(person, "phone"), avoidMethodId: null });
  expect((await removeMethod(idOf(person, "app"), true, owner, visitAt())).ok).toBe(true);
});

it("somebody else's token makes no browser remembered", async () => {
  const person = await makePerson({ methods: ["app", "text"] });
  await finish(person, (await asked(person)).token, await unused(person));
  expect((await asked(person, randomToken())).kind).toBe("app");
});
