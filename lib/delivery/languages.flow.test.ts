import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { afterAll, expect, test } from "vitest";
import { appCode, freshNumber, makePerson, makeSession, type Person, password } from "@/e2e/fixtures/people";
import { askReset, beginSignUp, changeLanguage, changeName, confirmSignUp } from "@/lib/accounts";
import { sendCode } from "@/lib/codes";
import { closePool, db } from "@/lib/db";
import { outboxPath } from "@/lib/delivery";
import { inLanguage, type Language } from "@/lib/kernel/language";
import { numbers } from "@/lib/kernel/numbers";
import { hashToken, open } from "@/lib/kernel/secrets";
import type { Visit } from "@/lib/kernel/visit";
import { turnOff } from "@/lib/security";
import { answer, begin } from "@/lib/sign-in";
import { words } from "@/lib/words";

afterAll(closePool);

let turn = 0;
const visitAt = (): Visit => {
  turn += 1;
  return { now: new Date(), address: `10.8.${turn >> 8}.${turn & 255}`, browser: "Chrome · Linux" };
};

type Told = { channel: string; purpose: string; subject?: string; body: string; language?: string };

/** What was queued for a person so far, opened, oldest first. */
async function told(person: Person): Promise<Told[]> {
  const rows = await db().message.findMany({
    where: { accountId: person.id },
    orderBy: { createdAt: "asc" },
  });
  return rows.map((row) => ({
    channel: row.channel,
    purpose: row.purpose,
    ...JSON.parse(open(row.content ?? "", { table: "Message", row: row.id, account: person.id })),
  }));
}

async function personOf(language: Language | null, wanted: Parameters<typeof makePerson>[0] = {}) {
  const person = await makePerson(wanted);
  await db().account.update({ where: { id: person.id }, data: { language } });
  return person;
}

const ownerOf = async (person: Person) => {
  const token = await makeSession(person);
  const { id } = await db().session.findUniqueOrThrow({ where: { tokenHash: hashToken(token) } });
  return { id, accountId: person.id, email: person.email };
};

const languageOf = async ({ id }: Person) =>
  (await db().account.findUniqueOrThrow({ where: { id } })).language;

const said = (language: Language, work: () => string): string => inLanguage(language, work);
const subjectOf = (language: Language) =>
  said(language, () => words("messages")("alert.name-changed.subject", { site: "Latchkey" }));

test("mails are in the language of who gets them, whatever the language of the request, also many at once", async () => {
  const languages: Language[] = ["de", "es", "fr", "ja", "ar", "en"];
  const people = await Promise.all(languages.map((language) => personOf(language)));
  await Promise.all(
    people.map(async (person, place) => {
      const owner = await ownerOf(person);
      const ofRequest = languages[(place + 1) % languages.length];
      await inLanguage(ofRequest, () => changeName(owner, `Another ${place}`, visitAt()));
    }),
  );
  for (const [place, person] of people.entries()) {
    const language = languages[place] ?? "en";
    const [mail] = await told(person);
    expect(mail).toMatchObject({ language, subject: subjectOf(language) });
    const machine = said(language, () => words("messages")("machine"));
    expect(mail?.body.endsWith(machine)).toBe(language !== "en");
  }
  expect(new Set(languages.map(subjectOf)).size).toBe(languages.length);
});

test("where somebody's language is not known, messages are in the one of the request, and without a request in English", async () => {
  const person = await personOf(null);
  const owner = await ownerOf(person);
  await inLanguage("fr", () => changeName(owner, "One", visitAt()));
  await changeName(owner, "Two", visitAt());
  expect((await told(person)).map(({ language }) => language)).toEqual(["fr", "en"]);
});

/** What the outbox has for a number. */
const handedTo = (number: string): { body: string }[] =>
  readFileSync(outboxPath(), "utf8")
    .split("\n")
    .filter((line) => line.includes(`"${number}"`))
    .map((line) => JSON.parse(line));

test("texts and calls with codes are in the language of the account, and end as phones need it", async () => {
  const person = await personOf("ja");
  const send = async (channel: "text" | "voice"): Promise<string> => {
    const number = freshNumber();
    const binding = { ownerId: randomUUID(), accountId: person.id, purpose: "sign-in", number } as const;
    const sent = await inLanguage("de", () => sendCode(binding, { methodId: null, channel }, visitAt()));
    expect(sent.ok).toBe(true);
    return handedTo(number)[0]?.body ?? "";
  };
  const text = await send("text");
  const code = /#(\d{6})$/.exec(text)?.[1] ?? "";
  const values = { site: "Latchkey", letter: "A", host: "localhost" };
  expect(text).toBe(said("ja", () => words("messages")("code.text", { ...values, code })));
  expect(text.endsWith(`\n\n@localhost #${code}`)).toBe(true);
  const call = await send("voice");
  const digits = /(?:\d, ){5}\d/.exec(call)?.[0] ?? "";
  expect(call).toBe(said("ja", () => words("messages")("code.voice", { ...values, digits })));
});

test("a text of a grave change is in the language of the account too", async () => {
  const person = await personOf("de", { methods: ["app", "text"] });
  const owner = await ownerOf(person);
  await inLanguage("ar", () => turnOff(owner, visitAt()));
  const text = (await told(person)).find(({ channel }) => channel === "text");
  const wanted = said("de", () =>
    words("messages")("alert.two-step-off.text", { site: "Latchkey", host: "localhost" }),
  );
  expect(text).toMatchObject({ language: "de", body: wanted });
});

test("a link for a new password that a stranger asks for comes in the owner's language", async () => {
  const person = await personOf("es");
  await inLanguage("ja", () => askReset(person.email, visitAt()));
  expect((await told(person))[0]).toMatchObject({ purpose: "reset-password", language: "es" });
});

const signIn = (person: Person, language: Language) =>
  inLanguage(language, async () => {
    const cookies = { devices: undefined, session: undefined };
    const begun = await begin({ email: person.email, password }, cookies, visitAt());
    if (!begun.ok) throw new Error(begun.reason);
    if (begun.value.kind === "admitted") return;
    const token = begun.value.attemptToken;
    const answered = await answer(
      { token, answer: appCode(person), isTrustAsked: false },
      cookies,
      visitAt(),
    );
    expect(answered.ok).toBe(true);
  });

test("the first full sign-in says which language somebody reads; a later one, whoever makes it, does not", async () => {
  const plain = await personOf(null);
  await signIn(plain, "fr");
  await signIn(plain, "ja");
  expect(await languageOf(plain)).toBe("fr");
  expect((await told(plain)).map(({ language }) => language)).toEqual(["fr", "fr"]);

  const protectedOne = await personOf(null, { methods: ["app", "text"] });
  await signIn(protectedOne, "ar");
  expect(await languageOf(protectedOne)).toBe("ar");
});

test("a new account reads the language of the browser that confirmed it, and the mail that of the one that asked", async () => {
  const email = `p${randomUUID()}@example.com`;
  const asked = await inLanguage("es", () =>
    beginSignUp(
      { name: "Ana", email, password: "nine lanterns in fog 4", browserToken: undefined },
      visitAt(),
    ),
  );
  if (!asked.ok) throw new Error(asked.reason);
  const rows = await db().message.findMany({ where: { purpose: "sign-up", accountId: null } });
  const mail = rows
    .map((row) => JSON.parse(open(row.content ?? "", { table: "Message", row: row.id, account: "" })))
    .find(({ to }) => to === email);
  expect(mail.language).toBe("es");
  const token = /\/([A-Za-z0-9_-]{43})\b/.exec(mail.body)?.[1] ?? "";
  const { browserToken } = asked.value;
  const made = await inLanguage("fr", () => confirmSignUp({ token, browserToken, password: "" }, visitAt()));
  expect(made.ok).toBe(true);
  expect((await db().account.findUniqueOrThrow({ where: { emailKey: email } })).language).toBe("fr");
});

test("a password alone does not say which language somebody reads", async () => {
  const person = await personOf(null, { methods: ["app", "text"] });
  const begun = await inLanguage("ja", () =>
    begin({ email: person.email, password }, { devices: undefined, session: undefined }, visitAt()),
  );
  expect(begun.ok).toBe(true);
  expect(await languageOf(person)).toBeNull();
});

test("another language of messages is told in the one before, once, however often it is pressed at once", async () => {
  const person = await personOf("de");
  const owner = await ownerOf(person);
  await Promise.all([1, 2, 3].map(() => inLanguage("de", () => changeLanguage(owner, "ar", visitAt()))));
  expect(await languageOf(person)).toBe("ar");
  const mails = await told(person);
  expect(mails.map(({ language }) => language)).toEqual(["de"]);
  expect(mails[0]?.body).toContain("العربية");
  expect(await db().event.count({ where: { accountId: person.id, kind: "language-changed" } })).toBe(1);
  await changeLanguage(owner, "ar", visitAt());
  expect(await told(person)).toHaveLength(1);
});

test("whoever switches to and fro cannot fill a mailbox: past the day's budget messages stay as they are", async () => {
  const person = await personOf("en");
  const owner = await ownerOf(person);
  const { max } = numbers.languageChoice.accountDay;
  for (let place = 0; place <= max; place += 1)
    await changeLanguage(owner, place % 2 === 0 ? "de" : "en", visitAt());
  expect(await told(person)).toHaveLength(max);
  expect(await languageOf(person)).toBe("de");
});
