import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { beforeEach, describe, expect, it } from "vitest";
import { appCode, freshNumber, makePerson, type Person, password } from "@/e2e/fixtures/people";
import { askReset, resetPassword } from "@/lib/accounts";
import { db } from "@/lib/db";
import { outboxPath } from "@/lib/delivery";
import { after, days, minutes, seconds } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import { ok } from "@/lib/kernel/result";
import { hashToken, randomToken } from "@/lib/kernel/secrets";
import type { Visit } from "@/lib/kernel/visit";
import { securityChange } from "@/lib/proof";
import { asFound } from "@/lib/setup/test-account";
import { endAllTrust } from "@/lib/trusted-devices";
import { answer, answerProof, begin, beginProof, callInstead, choose, viewAttempt } from ".";

let turn = 0;
/** Each visit comes from an address of its own, so that no test spends another's budget. */
const visitAt = (now: Date = new Date(), address?: string): Visit => {
  turn += 1;
  return { now, address: address ?? `10.1.${turn >> 8}.${turn & 255}`, browser: "Chrome · Linux" };
};
const noCookies = { devices: undefined, session: undefined };

async function ask(person: Person, visit: Visit = visitAt(), devices?: string): Promise<string> {
  const begun = await begin({ email: person.email, password }, { devices, session: undefined }, visit);
  if (!begun.ok || begun.value.kind !== "asked") throw new Error(`not asked: ${JSON.stringify(begun)}`);
  return begun.value.attemptToken;
}

const give = (
  token: string,
  code: string,
  options: { trust?: boolean; visit?: Visit; devices?: string } = {},
) =>
  answer(
    { token, answer: code, isTrustAsked: options.trust ?? false },
    { devices: options.devices, session: undefined },
    options.visit ?? visitAt(),
  );

const textsTo = (number: string): string[] =>
  readFileSync(outboxPath(), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { to: string; body: string })
    .filter(({ to }) => to === number)
    .map(({ body }) => /\d{6}/.exec(body)?.[0] ?? "");

const numberOf = (person: Person, index = 0): string => {
  const method = person.methods.filter(({ kind }) => kind === "phone")[index];
  return method?.kind === "phone" ? method.number : "";
};

const sessionsOf = (person: Person) => db().session.count({ where: { accountId: person.id } });
const wrongCode = (right: string): string => (right === "000000" ? "000001" : "000000");
const reasons = (results: { ok: boolean; reason?: string }[]): (string | undefined)[] =>
  results.map((result) => (result.ok ? "ok" : result.reason));

describe("the first post", () => {
  it("gives no session and nothing like one when the second step is asked (AT-002)", async () => {
    const person = await makePerson({ methods: ["app", "text"] });
    const token = await ask(person);
    expect(await sessionsOf(person)).toBe(0);
    expect(await db().session.count({ where: { tokenHash: hashToken(token) } })).toBe(0);
  });

  it("says the same for a wrong password and an unknown address (AT-106)", async () => {
    const person = await makePerson();
    const wrong = await begin({ email: person.email, password: "not the password" }, noCookies, visitAt());
    const unknown = await begin({ email: "nobody@example.com", password }, noCookies, visitAt());
    expect(wrong).toEqual(unknown);
    expect(wrong).toEqual({ ok: false, reason: "wrong-password" });
  });

  it("admits with the password alone where Two-Step Verification is off, also when its set-up was left in the middle (AT-006)", async () => {
    const person = await makePerson({ methods: ["app"], isOn: false });
    const begun = await begin({ email: person.email, password }, noCookies, visitAt());
    expect(begun).toMatchObject({ ok: true, value: { kind: "admitted" } });
    expect(await sessionsOf(person)).toBe(1);
  });

  it.each([["app"], ["text"], ["voice"]] as const)(
    "asks for the second step of an account whose only method is %s (AT-007)",
    async (kind) => {
      const person = await makePerson({ methods: [kind] });
      const begun = await begin({ email: person.email, password }, noCookies, visitAt());
      expect(begun).toMatchObject({ ok: true, value: { kind: "asked" } });
      expect(await sessionsOf(person)).toBe(0);
    },
  );

  it("asks even when every method of the account is broken: it fails closed (AT-136)", async () => {
    const person = await makePerson({ methods: ["app"] });
    await db().method.updateMany({ where: { accountId: person.id }, data: { data: "k1.AAAA" } });
    const token = await ask(person);
    const page = await viewAttempt(token, "sign-in", null, new Date());
    expect(page?.asked).toEqual({ kind: "recovery-codes" });
    expect(page?.methods).toEqual([]);
  });

  it("refuses a method whose sealed data was copied from another account (AT-136)", async () => {
    const mallory = await makePerson({ methods: ["app"] });
    const person = await makePerson({ methods: ["app", "text"] });
    const stolen = await db().method.findFirstOrThrow({ where: { accountId: mallory.id } });
    await db().method.updateMany({
      where: { accountId: person.id, kind: "app" },
      data: { data: stolen.data },
    });
    const token = await ask(person);
    expect((await give(token, appCode(mallory))).ok).toBe(false);
    expect(await sessionsOf(person)).toBe(0);
  });

  it("has the first code on its way when it answers, for sign-in only", async () => {
    const person = await makePerson({ methods: ["text", "app"] });
    await ask(person);
    expect(textsTo(numberOf(person))).toHaveLength(1);
  });

  it("sends nothing for a wrong password (AT-115)", async () => {
    const person = await makePerson({ methods: ["text", "app"] });
    await begin({ email: person.email, password: "not it" }, noCookies, visitAt());
    expect(await db().message.count({ where: { accountId: person.id } })).toBe(0);
  });
});

describe("password budgets", () => {
  it("five failures in five minutes from one address, then the right password is refused alike (AT-023)", async () => {
    const person = await makePerson();
    const visit = visitAt();
    for (let n = 0; n < 5; n += 1)
      await begin({ email: person.email, password: `wrong ${n}` }, noCookies, visit);
    const right = await begin({ email: person.email, password }, noCookies, visit);
    const wrong = await begin({ email: person.email, password: "wrong" }, noCookies, visit);
    expect(right).toMatchObject({ ok: false, reason: "limit" });
    expect(wrong).toEqual(right);
    const later = visitAt(after(visit.now, minutes(6)), visit.address);
    expect((await begin({ email: person.email, password }, noCookies, later)).ok).toBe(true);
  });

  it("whoever goes on guessing waits longer, is told how long, and never for good; a browser that the account knows waits for nobody (AT-024)", async () => {
    const person = await makePerson();
    const known = await begin({ email: person.email, password }, noCookies, visitAt());
    const devices = known.ok && known.value.kind === "admitted" ? known.value.deviceCookie : undefined;
    const start = new Date();
    const address = "10.8.0.1";
    const guess = (at: Date, word = "not it") =>
      begin({ email: person.email, password: word }, noCookies, visitAt(at, address));
    const waits: number[] = [];
    let at = start;
    for (let round = 0; round < 4; round += 1) {
      for (let n = 0; n < 5; n += 1) expect(await guess(at)).toMatchObject({ reason: "wrong-password" });
      const refused = await guess(at, password);
      if (refused.ok || refused.details?.retryAt === undefined) throw new Error("nobody waits");
      const { retryAt } = refused.details;
      expect(await guess(after(retryAt, -1), password)).toMatchObject({ reason: "limit" });
      waits.push(retryAt.getTime() - at.getTime());
      at = retryAt;
    }
    const [short = 0, , third = 0, long = 0] = waits;
    for (const wait of [short, third]) expect(wait).toBeLessThanOrEqual(minutes(5.5));
    expect(long).toBeGreaterThan(minutes(210));
    expect(long).toBeLessThanOrEqual(minutes(260));
    const owner = await begin(
      { email: person.email, password },
      { devices, session: undefined },
      visitAt(after(at, -minutes(1)), address),
    );
    expect(owner.ok).toBe(true);
    expect((await guess(at, password)).ok).toBe(true);
  });

  it("a right password gives back all that it spent, also on a browser that the account knows", async () => {
    const person = await makePerson();
    let devices: string | undefined;
    for (let turn = 0; turn <= numbers.passwordFailures.accountAndDevice.max; turn += 1) {
      const right = await begin(
        { email: person.email, password },
        { devices, session: undefined },
        visitAt(),
      );
      expect(right).toMatchObject({ ok: true, value: { kind: "admitted" } });
      if (right.ok && right.value.kind === "admitted") devices = right.value.deviceCookie ?? devices;
    }
    const { id } = await db().device.findFirstOrThrow({ where: { accountId: person.id } });
    const spent = await db().limit.findMany({ where: { key: `password:device:${id}` } });
    expect(spent.flatMap(({ counts }) => counts).filter((count) => count !== 0)).toEqual([]);
    expect(spent).toHaveLength(1);
  });

  it("a new password by the link ends the wait of whoever forgot the old one, there and for this account alone", async () => {
    const [person, other] = [await makePerson(), await makePerson()];
    const now = new Date();
    const address = "10.8.0.2";
    for (const { email } of [person, other])
      for (let n = 0; n < 5; n += 1) await begin({ email, password: "?" }, noCookies, visitAt(now, address));
    await askReset(person.email, visitAt(now));
    const link = await db().mailLink.findFirstOrThrow({ where: { accountId: person.id } });
    const token = randomToken();
    await db().mailLink.update({ where: { id: link.id }, data: { tokenHash: hashToken(token) } });
    const word = "nine quiet harbours 7";
    // The minute of the address is over, the five minutes of the account are not.
    const later = after(now, minutes(2));
    expect((await resetPassword({ token, password: word }, visitAt(later, address))).ok).toBe(true);
    expect(
      (await begin({ email: person.email, password: word }, noCookies, visitAt(later, address))).ok,
    ).toBe(true);
    expect(await begin({ email: other.email, password }, noCookies, visitAt(later, address))).toMatchObject({
      reason: "limit",
    });
  });

  it("200 parallel guesses evaluate at most the budget of their address (AT-020)", async () => {
    const person = await makePerson();
    const visit = visitAt();
    const results = await Promise.all(
      Array.from({ length: 60 }, (_, n) =>
        begin({ email: person.email, password: `guess ${n}` }, noCookies, visit),
      ),
    );
    expect(reasons(results).filter((reason) => reason === "wrong-password").length).toBeLessThanOrEqual(5);
  });

  it("a stranger's guesses do not keep the owner out of a browser the account knows (AT-024)", async () => {
    const person = await makePerson();
    const first = await begin({ email: person.email, password }, noCookies, visitAt());
    const devices = first.ok && first.value.kind === "admitted" ? first.value.deviceCookie : undefined;
    const now = new Date();
    for (let n = 0; n < 105; n += 1)
      await begin({ email: person.email, password: "x" }, noCookies, visitAt(now, `10.9.${n}.1`));
    expect(await begin({ email: person.email, password }, noCookies, visitAt(now))).toMatchObject({
      reason: "limit",
    });
    expect(
      (await begin({ email: person.email, password }, { devices, session: undefined }, visitAt(now))).ok,
    ).toBe(true);
  }, 60_000);

  it("an attacker's own successes refill nothing for the victim (AT-022)", async () => {
    const mallory = await makePerson();
    const victim = await makePerson();
    const visit = visitAt();
    const outcomes: (string | undefined)[] = [];
    for (let n = 0; n < 10; n += 1) {
      await begin({ email: mallory.email, password }, noCookies, visit);
      outcomes.push(
        ...reasons([await begin({ email: victim.email, password: `guess ${n}` }, noCookies, visit)]),
      );
    }
    expect(outcomes.filter((reason) => reason === "wrong-password")).toHaveLength(5);
  });

  it("one /64 of IPv6 is one bucket (AT-026)", async () => {
    const person = await makePerson();
    const results: Awaited<ReturnType<typeof begin>>[] = [];
    for (let n = 0; n < 14; n += 1)
      results.push(
        await begin(
          { email: `u${n}@example.com`, password: "x" },
          noCookies,
          visitAt(new Date(), `2001:db8:1:2::${n.toString(16)}`),
        ),
      );
    expect(reasons(results).filter((reason) => reason === "limit").length).toBeGreaterThanOrEqual(4);
    expect((await begin({ email: person.email, password }, noCookies, visitAt())).ok).toBe(true);
  });
});

describe("the second post", () => {
  it("a right code makes one session, and the browser known but not trusted", async () => {
    const person = await makePerson({ methods: ["text", "app"] });
    const token = await ask(person);
    const done = await give(token, textsTo(numberOf(person))[0] ?? "");
    expect(done.ok).toBe(true);
    expect(await sessionsOf(person)).toBe(1);
    const [device] = await db().device.findMany({ where: { accountId: person.id } });
    expect(device?.trustedUntil).toBeNull();
  });

  it("wrong, malformed, expired and used codes are four different refusals", async () => {
    const person = await makePerson({ methods: ["text", "app"] });
    const start = new Date();
    const token = await ask(person, visitAt(start));
    const code = textsTo(numberOf(person))[0] ?? "";
    expect(await give(token, wrongCode(code))).toMatchObject({ reason: "wrong", details: { triesLeft: 4 } });
    expect(await give(token, "12 34")).toMatchObject({ reason: "malformed" });
    await db().code.updateMany({ where: { methodId: person.methods[0]?.id }, data: { expiresAt: start } });
    expect(await give(token, code)).toMatchObject({ reason: "expired" });
    await db().code.updateMany({ where: { methodId: person.methods[0]?.id }, data: { usedAt: start } });
    expect(await give(token, `${code} `)).toMatchObject({ reason: "used" });
  });

  it("takes the code as people type it: spaces, hyphens, Arabic-Indic digits", async () => {
    for (const write of [
      (code: string) => `${code.slice(0, 3)} ${code.slice(3)}`,
      (code: string) => `${code.slice(0, 3)}-${code.slice(3)}`,
      (code: string) => code.replace(/\d/g, (digit) => String.fromCharCode(0x660 + Number(digit))),
    ]) {
      const person = await makePerson({ methods: ["text", "app"] });
      const token = await ask(person);
      expect((await give(token, write(textsTo(numberOf(person))[0] ?? ""))).ok).toBe(true);
    }
  });

  it("after five wrong codes the right one is refused, and a new sign-in is needed (AT-015)", async () => {
    const person = await makePerson({ methods: ["app", "text"] });
    const token = await ask(person);
    const right = appCode(person);
    const results: Awaited<ReturnType<typeof give>>[] = [];
    for (let n = 0; n < 5; n += 1)
      results.push(await give(token, `${Number(wrongCode(right)) + n + 1}`.padStart(6, "0")));
    expect(reasons(results)).toEqual(["wrong", "wrong", "wrong", "wrong", "no-tries-left"]);
    expect(await give(token, right)).toMatchObject({ reason: "gone" });
    expect((await give(await ask(person), right)).ok).toBe(true);
  });

  it("another way and a new code do not refill the tries (AT-016)", async () => {
    const person = await makePerson({ methods: ["text", "app"] });
    const token = await ask(person);
    for (let n = 0; n < 4; n += 1) await give(token, `99999${n}`);
    await choose(token, "sign-in", null, person.methods[1]?.id ?? "", visitAt());
    expect((await viewAttempt(token, "sign-in", null, new Date()))?.triesLeft).toBe(1);
    expect(await give(token, "999998")).toMatchObject({ reason: "no-tries-left" });
  });

  it("once the tries are used up nothing is sent any more, by whichever button of a tab that still shows them", async () => {
    const person = await makePerson({ methods: ["text", "voice", "app"], withRecoveryCodes: true });
    const [text, voice, app] = person.methods;
    const token = await ask(person);
    for (let n = 0; n < 5; n += 1) await give(token, `99999${n}`);
    const before = await db().signInAttempt.findUniqueOrThrow({ where: { tokenHash: hashToken(token) } });
    const later = () => visitAt(after(new Date(), seconds(40)));
    const pressed = [
      await callInstead(token, "sign-in", null, later()),
      await choose(token, "sign-in", null, text?.id ?? "", later()),
      await choose(token, "sign-in", null, voice?.id ?? "", later()),
      await choose(token, "sign-in", null, app?.id ?? "", later()),
      await choose(token, "sign-in", null, null, later()),
    ];
    expect(reasons(pressed)).toEqual(Array(5).fill("no-tries-left"));
    expect(await db().message.count({ where: { accountId: person.id, channel: { not: "email" } } })).toBe(1);
    expect(await db().code.count({ where: { ownerId: before.id } })).toBe(1);
    const same = await db().signInAttempt.findUniqueOrThrow({ where: { id: before.id } });
    expect(same.methodId).toBe(before.methodId);
  });

  it("one budget of an account counts wrong app, text and recovery codes together and waits at ten (AT-018)", async () => {
    const person = await makePerson({ methods: ["app", "text"], withRecoveryCodes: true });
    const first = await ask(person);
    for (let n = 0; n < 3; n += 1) await give(first, `11111${n}`);
    await choose(first, "sign-in", null, person.methods[1]?.id ?? "", visitAt());
    for (let n = 0; n < 2; n += 1) await give(first, `22222${n}`);
    const second = await ask(person);
    await choose(second, "sign-in", null, null, visitAt());
    for (let n = 0; n < 4; n += 1) await give(second, `AAAAA-AAAA${"BCDE"[n]}`);
    const tenth = await give(second, "AAAAA-AAAAF");
    expect(tenth).toMatchObject({ reason: "waits" });

    const third = await ask(person);
    const right = await give(third, appCode(person));
    const wrong = await give(third, "123123");
    expect(right).toMatchObject({ reason: "waits" });
    expect(wrong).toEqual(right);
    const later = after(new Date(), minutes(16));
    expect(
      (await give(await ask(person, visitAt(later)), appCode(person, later), { visit: visitAt(later) })).ok,
    ).toBe(true);
    expect((await db().account.findUniqueOrThrow({ where: { id: person.id } })).failuresInRow).toBe(0);
  });

  it("the waits grow: 15 minutes, 30 minutes, one hour, a day", async () => {
    const person = await makePerson({ methods: ["app", "text"] });
    let now = new Date();
    const waits: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      let retryAt: Date | undefined;
      for (let attempt = 0; attempt < 2; attempt += 1) {
        const token = await ask(person, visitAt(now));
        for (let n = 0; n < 5; n += 1) {
          const result = await give(token, `${round}${attempt}00${n}0`, { visit: visitAt(now) });
          if (!result.ok) retryAt = result.details?.retryAt ?? retryAt;
        }
      }
      if (retryAt === undefined) throw new Error("no wait");
      waits.push(Math.round((retryAt.getTime() - now.getTime()) / minutes(1)));
      now = after(retryAt, seconds(1));
    }
    expect(waits).toEqual([15, 30, 60, 1440, 1440]);
  });

  it("200 parallel wrong guesses over 20 attempts evaluate at most ten (AT-020)", async () => {
    const person = await makePerson({ methods: ["app", "text"] });
    const now = new Date();
    const tokens: string[] = [];
    for (let n = 0; n < 20; n += 1) tokens.push(await ask(person, visitAt(now)));
    const right = appCode(person, now);
    const results = await Promise.all(
      Array.from({ length: 200 }, (_, n) =>
        give(tokens[n % 20] ?? "", String((Number(right) + 1 + n) % 1_000_000).padStart(6, "0"), {
          visit: visitAt(now),
        }),
      ),
    );
    const evaluated = reasons(results).filter((reason) => reason === "wrong" || reason === "no-tries-left");
    expect(evaluated.length).toBeLessThanOrEqual(10);
    const { failuresInRow } = await db().account.findUniqueOrThrow({ where: { id: person.id } });
    expect(failuresInRow).toBe(10);
    expect(await sessionsOf(person)).toBe(0);
  }, 60_000);

  it("50 parallel answers with one right app code in 50 browsers make exactly one session (AT-034)", async () => {
    const person = await makePerson({ methods: ["app", "text"] });
    const now = new Date();
    const tokens: string[] = [];
    for (let n = 0; n < 50; n += 1) tokens.push(await ask(person, visitAt(now)));
    const code = appCode(person, now);
    const results = await Promise.all(tokens.map((token) => give(token, code, { visit: visitAt(now) })));
    expect(results.filter(({ ok }) => ok)).toHaveLength(1);
    expect(await sessionsOf(person)).toBe(1);
  }, 60_000);

  it("50 parallel answers with one right text code make exactly one session (AT-035)", async () => {
    const person = await makePerson({ methods: ["text", "app"] });
    const token = await ask(person);
    const code = textsTo(numberOf(person))[0] ?? "";
    const results = await Promise.all(Array.from({ length: 50 }, () => give(token, code)));
    expect(results.filter(({ ok }) => ok)).toHaveLength(1);
    expect(await sessionsOf(person)).toBe(1);
  });

  it("50 parallel answers with one recovery code make one session and spend one code (AT-036)", async () => {
    const person = await makePerson({ methods: ["app", "text"], withRecoveryCodes: true });
    const now = new Date();
    const tokens: string[] = [];
    for (let n = 0; n < 8; n += 1) {
      const token = await ask(person, visitAt(now));
      await choose(token, "sign-in", null, null, visitAt(now));
      tokens.push(token);
    }
    const code = person.recoveryCodes[0] ?? "";
    const results = await Promise.all(
      Array.from({ length: 50 }, (_, n) => give(tokens[n % 8] ?? "", code, { visit: visitAt(now) })),
    );
    expect(results.filter(({ ok }) => ok)).toHaveLength(1);
    expect(await db().recoveryCode.count({ where: { accountId: person.id, usedAt: { not: null } } })).toBe(1);
  }, 60_000);

  it("every one of the ten recovery codes signs in once, however it is typed, and trusts no device", async () => {
    const person = await makePerson({ methods: ["app", "text"], withRecoveryCodes: true });
    expect(person.recoveryCodes).toHaveLength(10);
    for (const [n, code] of person.recoveryCodes.entries()) {
      const token = await ask(person);
      await choose(token, "sign-in", null, null, visitAt());
      const typed = n % 2 === 0 ? code.toLowerCase().replace("-", " ") : code.replace("-", "");
      expect(await give(token, typed, { trust: true })).toMatchObject({ ok: true });
    }
    const token = await ask(person);
    await choose(token, "sign-in", null, null, visitAt());
    expect(await give(token, person.recoveryCodes[3] ?? "")).toMatchObject({ reason: "used" });
    expect(await db().device.count({ where: { accountId: person.id, trustedUntil: { not: null } } })).toBe(0);
  }, 60_000);

  it("the last recovery code is the fresh proof as well, so its owner can add a method; none before it is", async () => {
    const person = await makePerson({ methods: ["app", "text"], withRecoveryCodes: true });
    const now = new Date();
    for (const code of person.recoveryCodes.slice(7)) {
      await db().recoveryCode.updateMany({
        where: { accountId: person.id, number: { lt: 8 } },
        data: { usedAt: now },
      });
      const token = await ask(person, visitAt(now));
      await choose(token, "sign-in", null, null, visitAt(now));
      expect(await give(token, code, { visit: visitAt(now) })).toMatchObject({ ok: true });
    }
    const sessions = await db().session.findMany({
      where: { accountId: person.id },
      select: { provenAt: true, provenFor: true, provenMethodId: true },
    });
    expect(sessions.filter(({ provenAt }) => provenAt !== null)).toEqual([
      { provenAt: now, provenFor: null, provenMethodId: null },
    ]);
    expect(sessions).toHaveLength(3);
  });

  it("the same app code is refused a second time, in another browser, and for a proof (AT-032, AT-038)", async () => {
    const person = await makePerson({ methods: ["app", "text"] });
    const now = new Date();
    const code = appCode(person, now);
    const first = await give(await ask(person, visitAt(now)), code, { visit: visitAt(now) });
    expect(first.ok).toBe(true);
    expect(await give(await ask(person, visitAt(now)), code, { visit: visitAt(now) })).toMatchObject({
      reason: "used",
    });
    const session = await db().session.findFirstOrThrow({ where: { accountId: person.id } });
    const proven = { ...session, email: person.email };
    const proof = await beginProof({ password, devices: undefined }, proven, visitAt(now));
    if (!proof.ok || proof.value.kind !== "asked") throw new Error("not asked");
    expect(
      await answerProof(
        { token: proof.value.attemptToken, answer: code, devices: undefined },
        proven,
        visitAt(now),
      ),
    ).toMatchObject({ reason: "used" });
  });

  it("accepts the steps -1, 0 and +1 of an app and no other (AT-044)", async () => {
    const now = new Date();
    for (const [step, isAccepted] of [
      [-2, false],
      [-1, true],
      [0, true],
      [1, true],
      [2, false],
    ] as const) {
      const person = await makePerson({ methods: ["app", "text"] });
      const code = appCode(person, after(now, step * seconds(30)));
      const result = await give(await ask(person, visitAt(now)), code, { visit: visitAt(now) });
      expect([step, result.ok]).toEqual([step, isAccepted]);
    }
  });

  it("codes A, B and C are good at once; a fourth request retires A; the first success ends all (AT-040)", async () => {
    const person = await makePerson({ methods: ["text", "app"] });
    let now = new Date();
    const token = await ask(person, visitAt(now));
    for (let n = 0; n < 2; n += 1) {
      now = after(now, seconds(40));
      expect((await choose(token, "sign-in", null, person.methods[0]?.id ?? "", visitAt(now))).ok).toBe(true);
    }
    const codes = textsTo(numberOf(person));
    expect(codes).toHaveLength(3);
    const rows = await db().code.findMany({
      orderBy: { sentAt: "asc" },
      where: { methodId: person.methods[0]?.id },
    });
    expect(rows.map(({ letter }) => letter)).toEqual(["A", "B", "C"]);
    now = after(now, seconds(40));
    await choose(token, "sign-in", null, person.methods[0]?.id ?? "", visitAt(now));
    expect(await give(token, codes[0] ?? "", { visit: visitAt(now) })).toMatchObject({ reason: "expired" });
    expect((await give(token, codes[1] ?? "", { visit: visitAt(now) })).ok).toBe(true);
    expect(await give(token, codes[2] ?? "", { visit: visitAt(now) })).toMatchObject({ reason: "gone" });
  });

  it("asking six times in ten seconds sends one text, and says when to come back", async () => {
    const person = await makePerson({ methods: ["text", "app"] });
    const now = new Date();
    const token = await ask(person, visitAt(now));
    const results: Awaited<ReturnType<typeof choose>>[] = [];
    for (let n = 0; n < 6; n += 1)
      results.push(
        await choose(token, "sign-in", null, person.methods[0]?.id ?? "", visitAt(after(now, seconds(n)))),
      );
    expect(reasons(results)).toEqual(Array(6).fill("limit"));
    expect(textsTo(numberOf(person))).toHaveLength(1);
  });

  it("parallel requests for a code send one text (AT-114)", async () => {
    const person = await makePerson({ methods: ["app", "text"] });
    const token = await ask(person);
    const results = await Promise.all(
      Array.from({ length: 20 }, () =>
        choose(token, "sign-in", null, person.methods[1]?.id ?? "", visitAt()),
      ),
    );
    expect(results.filter(({ ok }) => ok)).toHaveLength(1);
    expect(textsTo(numberOf(person))).toHaveLength(1);
  });

  it("the code of one sign-in is no good in another, nor for another account on the same phone (AT-039)", async () => {
    const number = freshNumber();
    const ann = await makePerson({ methods: ["text", "app"], number });
    const ben = await makePerson({ methods: ["text", "app"], number });
    const now = new Date();
    const annToken = await ask(ann, visitAt(now));
    const benToken = await ask(ben, visitAt(after(now, seconds(40))));
    const [annCode = "", benCode = ""] = textsTo(number);
    const visit = visitAt(after(now, seconds(41)));
    if (annCode !== benCode) {
      expect(await give(annToken, benCode, { visit })).toMatchObject({ reason: "wrong" });
      expect(await give(benToken, annCode, { visit })).toMatchObject({ reason: "wrong" });
    }
    const again = await ask(ann, visitAt(after(now, seconds(80))));
    expect(await give(again, annCode, { visit: visitAt(after(now, seconds(81))) })).toMatchObject({
      reason: "wrong",
    });
  });

  it("a sign-in code is no good for a proof, and a proof's attempt gives no session (AT-038)", async () => {
    const person = await makePerson({ methods: ["text", "voice"] });
    const now = new Date();
    const token = await ask(person, visitAt(now));
    const code = textsTo(numberOf(person))[0] ?? "";
    await give(token, code, { visit: visitAt(now) });
    const session = await db().session.findFirstOrThrow({ where: { accountId: person.id } });
    const proven = { ...session, email: person.email };
    const later = after(now, seconds(40));
    const proof = await beginProof({ password, devices: undefined }, proven, visitAt(later));
    if (!proof.ok || proof.value.kind !== "asked") throw new Error("not asked");
    const proofToken = proof.value.attemptToken;
    expect(
      await answerProof({ token: proofToken, answer: code, devices: undefined }, proven, visitAt(later)),
    ).toMatchObject({ reason: "wrong" });
    const proofCode = textsTo(numberOf(person))[1] ?? "";
    expect(await give(proofToken, proofCode, { visit: visitAt(later) })).toMatchObject({ reason: "gone" });
    expect(
      (
        await answerProof(
          { token: proofToken, answer: proofCode, devices: undefined },
          proven,
          visitAt(later),
        )
      ).ok,
    ).toBe(true);
  });

  it("another account's method cannot be chosen (AT-071, AT-012)", async () => {
    const person = await makePerson({ methods: ["app", "text"] });
    const other = await makePerson({ methods: ["app", "text"] });
    const token = await ask(person);
    expect(await choose(token, "sign-in", null, other.methods[1]?.id ?? "", visitAt())).toMatchObject({
      reason: "method-gone",
    });
    expect(textsTo(numberOf(other))).toHaveLength(0);
    await db().method.updateMany({ where: { id: person.methods[1]?.id }, data: { removedAt: new Date() } });
    expect(await choose(token, "sign-in", null, person.methods[1]?.id ?? "", visitAt())).toMatchObject({
      reason: "method-gone",
    });
  });

  it("an attempt older than ten minutes is over", async () => {
    const person = await makePerson({ methods: ["app", "text"] });
    const now = new Date();
    const token = await ask(person, visitAt(now));
    const later = after(now, minutes(10));
    expect(await give(token, appCode(person, later), { visit: visitAt(later) })).toMatchObject({
      reason: "gone",
    });
  });

  it("the same wrong code sent twice by a double click costs one try", async () => {
    const person = await makePerson({ methods: ["app", "text"] });
    const token = await ask(person);
    await give(token, "123456");
    await give(token, "123456");
    await give(token, "123456");
    expect((await viewAttempt(token, "sign-in", null, new Date()))?.triesLeft).toBe(4);
  });

  it("the same wrong code twice within the same millisecond counts once for the attempt, the account and the method; two codes count twice", async () => {
    const person = await makePerson({ methods: ["app", "text"] });
    const token = await ask(person);
    const visit = visitAt();
    const counted = async () => {
      const { failuresInRow } = await db().account.findUniqueOrThrow({ where: { id: person.id } });
      const { failures } = await db().method.findUniqueOrThrow({
        where: { id: person.methods[0]?.id ?? "" },
      });
      const tries = (await viewAttempt(token, "sign-in", null, visit.now))?.triesLeft ?? 0;
      return [5 - tries, failuresInRow, failures];
    };
    await Promise.all([1, 2, 3, 4].map(() => give(token, "123456", { visit })));
    await give(token, "123456", { visit });
    expect(await counted()).toEqual([1, 1, 1]);
    await Promise.all(["234567", "345678"].map((code) => give(token, code, { visit })));
    expect(await counted()).toEqual([3, 3, 3]);
  });

  it("a security change ends every unfinished sign-in and its codes (AT-042)", async () => {
    const person = await makePerson({ methods: ["text", "app"] });
    const token = await ask(person);
    const code = textsTo(numberOf(person))[0] ?? "";
    await securityChange(
      {
        accountId: person.id,
        addresses: [],
        keepSessionId: undefined,
        kind: "password-changed",
        because: "password-changed",
        visit: visitAt(),
      },
      async () => ok(undefined),
    );
    expect(await give(token, code)).toMatchObject({ reason: "gone" });
  });
});

describe("wrong codes of one method", () => {
  const app = (person: Person) =>
    db().method.findUniqueOrThrow({ where: { id: person.methods[0]?.id ?? "" } });
  const told = (person: Person, kind: string) => db().event.count({ where: { accountId: person.id, kind } });
  /** Wrong codes of the app, at most five a sign-in; what came of each. */
  async function guess(person: Person, count: number, now = new Date()): Promise<(string | undefined)[]> {
    const results: { ok: boolean; reason?: string }[] = [];
    let token = "";
    for (let n = 0; n < count; n += 1) {
      if (n % 5 === 0) {
        token = await ask(person, visitAt(now));
        await choose(token, "sign-in", null, person.methods[0]?.id ?? "", visitAt(now));
      }
      const right = Number(appCode(person, now));
      const wrong = String((right + 100 + n) % 1_000_000).padStart(6, "0");
      const result = await give(token, wrong, { visit: visitAt(now) });
      results.push(result);
      if (!result.ok && /^method-/.test(result.reason)) break;
    }
    return reasons(results);
  }
  /** A sign-in by a text, which the account's own count ends with. */
  async function byText(person: Person, now = new Date()): Promise<boolean> {
    await db().limit.deleteMany();
    const token = await ask(person, visitAt(now));
    const phone = person.methods.find(({ kind }) => kind === "phone");
    const page = await viewAttempt(token, "sign-in", null, now);
    if (page?.asked.kind !== "phone") await choose(token, "sign-in", null, phone?.id ?? "", visitAt(now));
    return (await give(token, textsTo(numberOf(person)).at(-1) ?? "", { visit: visitAt(now) })).ok;
  }

  it("are not forgotten because another one is right: that one waits after ten, and the others go on (AT-022)", async () => {
    const person = await makePerson({ methods: ["app", "text"] });
    await guess(person, 9);
    expect(await byText(person)).toBe(true);
    expect((await db().account.findUniqueOrThrow({ where: { id: person.id } })).failuresInRow).toBe(0);
    expect((await app(person)).failures).toBe(9);
    expect(await guess(person, 1)).toEqual(["method-waits"]);
    expect(await told(person, "second-step-waits")).toBe(1);
    // The next sign-in asks what does not wait, and the right code is refused as a wrong one is.
    expect(await byText(person)).toBe(true);
    const token = await ask(person);
    const id = person.methods[0]?.id ?? "";
    expect(await choose(token, "sign-in", null, id, visitAt())).toMatchObject({ reason: "method-waits" });
    await db().signInAttempt.updateMany({ where: { tokenHash: hashToken(token) }, data: { methodId: id } });
    const [right, wrong] = [await give(token, appCode(person)), await give(token, "000000")];
    expect(right).toMatchObject({ reason: "method-waits" });
    expect(wrong).toEqual(right);
    expect((await app(person)).failures).toBe(10);
    const later = after(new Date(), minutes(16));
    const back = await ask(person, visitAt(later));
    await choose(back, "sign-in", null, id, visitAt(later));
    expect((await give(back, appCode(person, later), { visit: visitAt(later) })).ok).toBe(true);
    expect(await app(person)).toMatchObject({ failures: 0, waitsUntil: null });
  });

  it("are counted with another method too when the same digits are given for it, at a sign-in and at a fresh proof (AT-022)", async () => {
    const person = await makePerson({ methods: ["app", "text"] });
    const now = new Date();
    const [first, second] = person.methods.map(({ id }) => id);
    const wrong = String((Number(appCode(person, now)) + 100) % 1_000_000).padStart(6, "0");
    const failures = async () =>
      (await db().method.findMany({ where: { accountId: person.id }, orderBy: { position: "asc" } })).map(
        (method) => method.failures,
      );
    const sessionId = randomUUID();
    const address = "10.9.0.1";
    await db().session.create({
      data: {
        id: sessionId,
        tokenHash: hashToken(sessionId),
        accountId: person.id,
        createdAt: now,
        lastSeenAt: now,
        address,
        browser: "",
      },
    });
    const session = await asFound({ id: sessionId, accountId: person.id, email: person.email });
    const proof = await beginProof({ password, devices: undefined }, session, visitAt(now));
    if (!proof.ok || proof.value.kind !== "asked") throw new Error("not asked");
    const { attemptToken } = proof.value;
    let moment = 0;
    const soon = () => {
      moment += 1;
      return visitAt(after(now, moment));
    };
    const ways = [
      { purpose: "sign-in", token: await ask(person, visitAt(now)), session: undefined },
      { purpose: "proof", token: attemptToken, session },
    ] as const;
    for (const [turn, { purpose, token, session }] of ways.entries()) {
      const point = (id = "") => choose(token, purpose, session?.id ?? null, id, soon());
      const guess = async () =>
        session === undefined
          ? give(token, wrong, { visit: soon() })
          : answerProof({ token, answer: wrong, devices: undefined }, session, soon());
      for (const id of [first, second, first]) {
        await point(id);
        expect((await guess()).ok).toBe(false);
        // A double click, or a new code of the same method: nothing new is told.
        await point(id);
        expect((await guess()).ok).toBe(false);
      }
      expect(await failures()).toEqual([2 * (turn + 1), turn + 1]);
    }
    const { failuresInRow } = await db().account.findUniqueOrThrow({ where: { id: person.id } });
    expect(failuresInRow).toBe(6);
  });

  it("take more than six days to disable it, with a success of another after every nine, and every wait is told", async () => {
    const person = await makePerson({ methods: ["app", "text"] });
    const start = new Date();
    let now = start;
    for (let turn = 0; turn < 40 && (await app(person)).disabledAt === null; turn += 1) {
      await guess(person, 9, now);
      await byText(person, now);
      const { waitsUntil } = await app(person);
      if (waitsUntil !== null && waitsUntil > now) now = after(waitsUntil, seconds(1));
    }
    expect(now.getTime() - start.getTime()).toBeGreaterThan(days(6));
    // Spent before it was compared, so this is how many were.
    expect((await app(person)).failures).toBe(100);
    expect(await told(person, "method-disabled")).toBe(1);
    expect(await told(person, "second-step-waits")).toBeGreaterThanOrEqual(9);
  }, 120_000);

  it("that come at once, beside successes of another, are compared ten times at most (AT-020)", async () => {
    const person = await makePerson({ methods: ["app", "text"] });
    const now = new Date();
    const tokens: string[] = [];
    for (let n = 0; n < 8; n += 1) tokens.push(await ask(person, visitAt(now)));
    const right = Number(appCode(person, now));
    const calm = () =>
      db().account.updateMany({ where: { id: person.id }, data: { failuresInRow: 0, lockedUntil: null } });
    const results = await Promise.all(
      Array.from({ length: 40 }, async (_, n) => {
        if (n % 4 === 0) await calm();
        const code = String((right + 100 + n) % 1_000_000).padStart(6, "0");
        return give(tokens[n % tokens.length] ?? "", code, { visit: visitAt(now) });
      }),
    );
    const compared = reasons(results).filter((reason) => reason === "wrong" || reason === "no-tries-left");
    expect(compared.length).toBeLessThanOrEqual(10);
    expect((await app(person)).failures).toBe(10);
  }, 60_000);

  it("a hundred in a row disable it, in words, and the others go on", async () => {
    const person = await makePerson({ methods: ["app", "text"] });
    await db().method.updateMany({ where: { id: person.methods[0]?.id }, data: { failures: 99 } });
    expect(await guess(person, 1)).toEqual(["method-gone"]);
    expect(await app(person)).toMatchObject({ failures: 100, waitsUntil: null });
    const page = await viewAttempt(await ask(person), "sign-in", null, new Date());
    expect(page?.methods.map(({ facts }) => facts.kind)).toEqual(["phone"]);
    const event = await db().event.findFirstOrThrow({
      where: { accountId: person.id, kind: "method-disabled" },
    });
    const made = person.methods[0];
    expect(event.facts).toMatchObject({ method: "app", tag: made?.kind === "app" ? made.tag : "" });
  });

  describe("are recorded and told together, or neither", () => {
    /** Nothing can be written to anybody while `work` is done. */
    async function whileNobodyCanBeTold<T>(work: () => Promise<T>): Promise<T> {
      await db().$executeRaw`
        CREATE FUNCTION "refuse_message"() RETURNS trigger LANGUAGE plpgsql AS $$
          BEGIN RAISE EXCEPTION 'no message today'; END $$`;
      await db().$executeRaw`
        CREATE TRIGGER "Message_refused" BEFORE INSERT ON "Message" FOR EACH ROW EXECUTE FUNCTION "refuse_message"()`;
      try {
        return await work();
      } finally {
        await db().$executeRaw`DROP FUNCTION "refuse_message" CASCADE`;
      }
    }
    const alerts = (person: Person) =>
      db().message.count({ where: { accountId: person.id, purpose: "alert" } });

    it("a method is not disabled without its owner being told", async () => {
      const person = await makePerson({ methods: ["app"] });
      await db().method.updateMany({ where: { id: person.methods[0]?.id }, data: { failures: 99 } });
      const token = await ask(person);
      const code = wrongCode(appCode(person));
      await whileNobodyCanBeTold(() => expect(give(token, code)).rejects.toThrow("no message today"));
      expect(await app(person)).toMatchObject({ failures: 100, disabledAt: null });
      expect(await told(person, "second-step-waits")).toBe(0);
      expect(await told(person, "method-disabled")).toBe(0);

      await db().method.updateMany({ where: { id: person.methods[0]?.id }, data: { waitsUntil: null } });
      expect(await give(token, wrongCode(code))).toMatchObject({ reason: "method-gone" });
      expect((await app(person)).disabledAt).not.toBeNull();
      expect(await told(person, "method-disabled")).toBe(1);
      expect(await alerts(person)).toBeGreaterThan(0);
    });

    it("a wait does not stand in the log without its mail", async () => {
      const person = await makePerson({ methods: ["app"] });
      await db().account.update({ where: { id: person.id }, data: { failuresInRow: 9 } });
      const token = await ask(person);
      const code = wrongCode(appCode(person));
      await whileNobodyCanBeTold(() => expect(give(token, code)).rejects.toThrow("no message today"));
      expect(await told(person, "second-step-waits")).toBe(0);
    });

    it("one mail tells of a wait, and one of a method that is disabled in the place of its wait", async () => {
      const waiting = await makePerson({ methods: ["app"] });
      await db().account.update({ where: { id: waiting.id }, data: { failuresInRow: 9 } });
      expect(await guess(waiting, 1)).toEqual(["waits"]);
      expect(await alerts(waiting)).toBe(1);

      const disabled = await makePerson({ methods: ["app"] });
      await db().method.updateMany({ where: { id: disabled.methods[0]?.id }, data: { failures: 99 } });
      expect(await guess(disabled, 1)).toEqual(["method-gone"]);
      expect(await alerts(disabled)).toBe(1);
    });
  });
});

describe("a trusted device", () => {
  let person: Person;
  let devices: string | undefined;
  const start = new Date();
  beforeEach(async () => {
    person = await makePerson({ methods: ["app", "text"] });
    const done = await give(await ask(person, visitAt(start)), appCode(person, start), {
      trust: true,
      visit: visitAt(start),
    });
    devices = done.ok ? done.value.deviceCookie : undefined;
  });

  const signIn = (who: Person, cookie: string | undefined, now: Date) =>
    begin({ email: who.email, password }, { devices: cookie, session: undefined }, visitAt(now));

  it("asks the password only, with a new token at each use", async () => {
    const again = await signIn(person, devices, start);
    expect(again).toMatchObject({ ok: true, value: { kind: "admitted" } });
    const rotated = again.ok && again.value.kind === "admitted" ? again.value.deviceCookie : undefined;
    expect(rotated).not.toBe(devices);
    expect(await signIn(person, rotated, start)).toMatchObject({ value: { kind: "admitted" } });
    // The old token is worth nothing any more.
    expect(await signIn(person, devices, start)).toMatchObject({ value: { kind: "asked" } });
  });

  it("still needs the password", async () => {
    const wrong = await begin(
      { email: person.email, password: "no" },
      { devices, session: undefined },
      visitAt(start),
    );
    expect(wrong).toMatchObject({ ok: false, reason: "wrong-password" });
  });

  it("ends after 30 days, however often it was used (AT-051)", async () => {
    let cookie = devices;
    for (const day of [10, 20, 29]) {
      const again = await signIn(person, cookie, after(start, days(day)));
      cookie = again.ok && again.value.kind === "admitted" ? again.value.deviceCookie : undefined;
    }
    const asked = await signIn(person, cookie, after(start, days(30)));
    if (!asked.ok || asked.value.kind !== "asked") throw new Error("not asked");
    const page = await viewAttempt(asked.value.attemptToken, "sign-in", null, after(start, days(30)));
    expect(page?.reason).toBe("trust-expired");
  });

  it("of one account does nothing for another (AT-047)", async () => {
    const other = await makePerson({ methods: ["app", "text"] });
    expect(await signIn(other, devices, start)).toMatchObject({ value: { kind: "asked" } });
  });

  it("altered, guessed or empty is ignored (AT-050)", async () => {
    const flipped = `${devices?.startsWith("A") ? "B" : "A"}${devices?.slice(1)}`;
    for (const cookie of [flipped, "", "x", `${devices}x`, "A".repeat(43), person.id, ".".repeat(500)])
      expect(await signIn(person, cookie, start)).toMatchObject({ value: { kind: "asked" } });
  });

  it("ended says why on the next code page", async () => {
    await db().$transaction((tx) => endAllTrust(tx, person.id, "all-devices-forgotten", start));
    const asked = await signIn(person, devices, start);
    if (!asked.ok || asked.value.kind !== "asked") throw new Error("not asked");
    expect((await viewAttempt(asked.value.attemptToken, "sign-in", null, start))?.reason).toBe(
      "all-devices-forgotten",
    );
  });

  it("is kept only as a hash (AT-055)", async () => {
    const row = await db().device.findFirstOrThrow({ where: { accountId: person.id } });
    expect(JSON.stringify(row)).not.toContain(devices);
    expect(row.tokenHash).toBe(hashToken(devices ?? ""));
  });

  it("makes no difference to a fresh proof (AT-052)", async () => {
    const session = await db().session.findFirstOrThrow({ where: { accountId: person.id } });
    const proof = await beginProof(
      { password, devices },
      { ...session, email: person.email },
      visitAt(start),
    );
    expect(proof).toMatchObject({ value: { kind: "asked" } });
  });
});

describe("a fresh proof", () => {
  it("proves the session it was asked in and no other, and gives it a new token (AT-067, AT-056)", async () => {
    const person = await makePerson({ methods: ["app", "text"] });
    const now = new Date();
    const later = after(now, minutes(2));
    await give(await ask(person, visitAt(now)), appCode(person, now), { visit: visitAt(now) });
    await give(await ask(person, visitAt(later)), appCode(person, later), { visit: visitAt(later) });
    const [first, second] = await db().session.findMany({
      where: { accountId: person.id },
      orderBy: { createdAt: "asc" },
    });
    if (first === undefined || second === undefined) throw new Error("two sessions were expected");
    const owner = { email: person.email };
    const at = after(now, minutes(4));
    const proof = await beginProof({ password, devices: undefined }, { ...owner, ...first }, visitAt(at));
    if (!proof.ok || proof.value.kind !== "asked") throw new Error("not asked");
    const input = { token: proof.value.attemptToken, answer: appCode(person, at), devices: undefined };
    expect(await answerProof(input, { ...owner, ...second }, visitAt(at))).toMatchObject({
      reason: "gone",
    });
    expect((await answerProof(input, { ...owner, ...first }, visitAt(at))).ok).toBe(true);
    const rows = await db().session.findMany({
      where: { accountId: person.id },
      orderBy: { createdAt: "asc" },
    });
    expect(rows.map(({ provenAt }) => provenAt !== null)).toEqual([true, false]);
    expect(rows[0]?.tokenHash).not.toBe(first.tokenHash);
  });

  it("asks the strongest method first: the app before the phone", async () => {
    const person = await makePerson({ methods: ["text", "app"] });
    const token = await ask(person);
    await give(token, textsTo(numberOf(person))[0] ?? "");
    const session = await db().session.findFirstOrThrow({ where: { accountId: person.id } });
    const proof = await beginProof(
      { password, devices: undefined },
      { ...session, email: person.email },
      visitAt(),
    );
    if (!proof.ok || proof.value.kind !== "asked") throw new Error("not asked");
    expect((await viewAttempt(proof.value.attemptToken, "proof", session.id, new Date()))?.asked.kind).toBe(
      "app",
    );
  });

  it("wrong codes in a proof count to the account's one budget (AT-019)", async () => {
    const person = await makePerson({ methods: ["app", "text"] });
    const now = new Date();
    await give(await ask(person, visitAt(now)), appCode(person, now), { visit: visitAt(now) });
    const session = await db().session.findFirstOrThrow({ where: { accountId: person.id } });
    const proven = { ...session, email: person.email };
    const outcomes: (string | undefined)[] = [];
    for (let round = 0; round < 3; round += 1) {
      const proof = await beginProof({ password, devices: undefined }, proven, visitAt(now));
      if (!proof.ok || proof.value.kind !== "asked") throw new Error("not asked");
      for (let n = 0; n < 5; n += 1)
        outcomes.push(
          ...reasons([
            await answerProof(
              { token: proof.value.attemptToken, answer: `90${round}00${n}`, devices: undefined },
              proven,
              visitAt(now),
            ),
          ]),
        );
    }
    expect(outcomes.slice(0, 9).every((reason) => reason === "wrong" || reason === "no-tries-left")).toBe(
      true,
    );
    expect(outcomes.slice(9).every((reason) => reason === "waits")).toBe(true);
  });
});
