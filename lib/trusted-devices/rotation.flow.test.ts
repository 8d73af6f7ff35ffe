import { afterAll, describe, expect, it } from "vitest";
import { appCode, makePerson, type Person, password } from "@/e2e/fixtures/people";
import { closePool, db } from "@/lib/db";
import { after, before, hours, minutes, seconds } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import type { Visit } from "@/lib/kernel/visit";
import { answer, begin, viewAttempt } from "@/lib/sign-in";
import { successorOf } from ".";

let turn = 0;
/** A visit from an address of its own, or from this one. */
const visitAt = (now: Date, address?: string): Visit => {
  turn += 1;
  return { now, address: address ?? `10.8.${turn >> 8}.${turn & 255}`, browser: "Chrome · Linux" };
};
const start = new Date();
const later = (duration: number): Date => after(start, duration);
const home = "192.0.2.44";
const past = numbers.trustedDevice.rotationGrace;
afterAll(closePool);

const enter = (person: Person, devices: string | undefined, at: Date, address?: string) =>
  begin({ email: person.email, password }, { devices, session: undefined }, visitAt(at, address));

/** A sign-in that needed no code: the cookie of this browser afterwards. */
async function enterTrusted(person: Person, devices: string, at: Date, address?: string): Promise<string> {
  const begun = await enter(person, devices, at, address);
  if (!begun.ok || begun.value.kind !== "admitted")
    throw new Error(`a code was asked: ${JSON.stringify(begun)}`);
  return begun.value.deviceCookie ?? "";
}

/** Why a code was asked; "" when none was. */
async function askedBecause(person: Person, devices: string, at: Date): Promise<string> {
  const begun = await enter(person, devices, at);
  if (!begun.ok) throw new Error(begun.reason);
  if (begun.value.kind === "admitted") return "";
  return (await viewAttempt(begun.value.attemptToken, "sign-in", null, at))?.reason ?? "";
}

/** Somebody signs in on a new browser and trusts it: its cookie. */
async function trust(person: Person, at: Date): Promise<string> {
  const begun = await enter(person, undefined, at);
  if (!begun.ok || begun.value.kind !== "asked") throw new Error("not asked");
  const answered = await answer(
    { token: begun.value.attemptToken, answer: appCode(person, at), isTrustAsked: true },
    { devices: undefined, session: undefined },
    visitAt(at),
  );
  if (!answered.ok) throw new Error(answered.reason);
  return answered.value.deviceCookie ?? "";
}

/** Somebody with one trusted browser, and its cookie. */
async function trusting(): Promise<{ person: Person; cookie: string }> {
  const person = await makePerson({ methods: ["app", "text"] });
  return { person, cookie: await trust(person, start) };
}

const copies = (person: Person) =>
  db().event.count({ where: { accountId: person.id, kind: "device-copied" } });
const trusted = (person: Person, at: Date) =>
  db().device.count({ where: { accountId: person.id, trustedUntil: { gt: at } } });

describe("a trusted browser", () => {
  it("has a new token after every sign-in, and goes on for thirty days", async () => {
    const { person, cookie } = await trusting();
    const seen = new Set([cookie]);
    let current = cookie;
    for (let hour = 1; hour <= 5; hour += 1) {
      current = await enterTrusted(person, current, later(hours(hour)));
      seen.add(current);
    }
    expect(seen.size).toBe(6);
    expect(await db().device.count({ where: { accountId: person.id } })).toBe(1);
    expect(await copies(person)).toBe(0);
  });

  it("whose old token comes back is trusted no longer; its owner is told, and the log says so (AT-050)", async () => {
    const { person, cookie } = await trusting();
    const next = await enterTrusted(person, cookie, later(hours(1)));
    const copiedAt = later(hours(2));
    expect(await askedBecause(person, cookie, copiedAt)).toBe("device-copied");
    expect(await trusted(person, copiedAt)).toBe(0);
    expect(await copies(person)).toBe(1);
    const alerts = await db().message.count({
      where: { accountId: person.id, purpose: "alert", createdAt: copiedAt },
    });
    expect(alerts).toBe(1);
    // The owner is asked too, and reads why.
    expect(await askedBecause(person, next, later(hours(3)))).toBe("device-copied");
    expect(await copies(person)).toBe(1);
  });

  it("alone loses its trust when its old token comes back: every other browser is still asked for no code", async () => {
    const { person, cookie } = await trusting();
    const other = await trust(person, later(minutes(2)));
    await enterTrusted(person, cookie, later(hours(1)));
    expect(await askedBecause(person, cookie, later(hours(2)))).toBe("device-copied");
    expect(await askedBecause(person, other, later(hours(2)))).toBe("");
  });

  it("is found out as well when the thief was first and the owner comes with the old token", async () => {
    const { person, cookie } = await trusting();
    const thief = await enterTrusted(person, cookie, later(hours(1)));
    expect(await askedBecause(person, cookie, later(hours(2)))).toBe("device-copied");
    expect(await askedBecause(person, thief, later(hours(3)))).toBe("device-copied");
  });

  it("is found out by a token from many sign-ins ago", async () => {
    const { person, cookie } = await trusting();
    let current = cookie;
    for (let hour = 1; hour <= 4; hour += 1)
      current = await enterTrusted(person, current, later(hours(hour)));
    expect(await askedBecause(person, cookie, later(hours(5)))).toBe("device-copied");
  });

  it("is not suspected for a double submit: both get the same new token", async () => {
    const { person, cookie } = await trusting();
    for (let round = 1; round <= 5; round += 1) {
      const at = later(hours(round));
      const tokens = await Promise.all(
        Array.from({ length: 4 }, () => enterTrusted(person, chain(cookie, round - 1), at, home)),
      );
      expect(new Set(tokens)).toEqual(new Set([chain(cookie, round)]));
    }
    expect(await copies(person)).toBe(0);
    expect(await db().device.count({ where: { accountId: person.id } })).toBe(1);
  });

  it("is not suspected when the answer was lost and the form is sent again, within the grace", async () => {
    const { person, cookie } = await trusting();
    const used = later(hours(1));
    const next = await enterTrusted(person, cookie, used, home);
    expect(await enterTrusted(person, cookie, after(used, past - seconds(1)), home)).toBe(next);
    expect(await enterTrusted(person, next, later(hours(2)))).toBe(successorOf(next));
    expect(await copies(person)).toBe(0);
  });

  it("is suspected when the grace is over, to the millisecond", async () => {
    const { person, cookie } = await trusting();
    const used = later(hours(1));
    await enterTrusted(person, cookie, used);
    expect(await askedBecause(person, cookie, after(used, past))).toBe("device-copied");
  });

  it("gives a copy from elsewhere nothing within the grace, and raises no alarm by it yet", async () => {
    const { person, cookie } = await trusting();
    const used = later(hours(1));
    const owner = await enterTrusted(person, cookie, used, home);
    expect(await askedBecause(person, cookie, after(used, seconds(20)))).toBe("new-browser");
    expect(await copies(person)).toBe(0);
    await enterTrusted(person, owner, later(hours(2)));
  });

  it("shows a copy from its own address, made within the grace, at the sign-in after next", async () => {
    const { person, cookie } = await trusting();
    const used = later(hours(1));
    const owner = await enterTrusted(person, cookie, used, home);
    const thief = await enterTrusted(person, cookie, after(used, seconds(20)), home);
    expect(thief).toBe(owner);
    await enterTrusted(person, thief, later(hours(2)));
    expect(await askedBecause(person, owner, later(hours(3)))).toBe("device-copied");
  });

  it("whose old token comes back many times at once is told once", async () => {
    const { person, cookie } = await trusting();
    await enterTrusted(person, cookie, later(hours(1)));
    const reasons = await Promise.all(
      Array.from({ length: 10 }, () => askedBecause(person, cookie, later(hours(2)))),
    );
    expect(reasons).not.toContain("");
    expect(await copies(person)).toBe(1);
  });

  it("loses nothing by an old token without the right password, or of another account", async () => {
    const { person, cookie } = await trusting();
    await enterTrusted(person, cookie, later(hours(1)));
    const cookies = { devices: cookie, session: undefined };
    await begin({ email: person.email, password: "not it" }, cookies, visitAt(later(hours(2))));
    const other = await makePerson({ methods: ["app", "text"] });
    expect(await askedBecause(other, cookie, later(hours(2)))).toBe("new-browser");
    expect(await copies(person)).toBe(0);
    expect(await trusted(person, later(hours(2)))).toBe(1);
  });

  it("that nobody trusts any more raises no alarm by an old token", async () => {
    const { person, cookie } = await trusting();
    await enterTrusted(person, cookie, later(hours(1)));
    await db().device.updateMany({
      where: { accountId: person.id },
      data: { trustedUntil: before(start, 1) },
    });
    expect(await askedBecause(person, cookie, later(hours(2)))).toBe("new-browser");
    expect(await copies(person)).toBe(0);
  });
});

describe("a browser that was not seen for as long as one is known", () => {
  it("is a new one at the password and at the second step, also before its row is swept", async () => {
    const { person, cookie } = await trusting();
    const isOld = {
      where: { accountId: person.id },
      data: { lastSeenAt: before(start, numbers.trustedDevice.knownFor) },
    };
    await db().device.updateMany(isOld);
    const begun = await enter(person, cookie, later(minutes(1)));
    if (!begun.ok || begun.value.kind !== "asked") throw new Error("not asked");
    const answered = await answer(
      { token: begun.value.attemptToken, answer: appCode(person, later(minutes(1))), isTrustAsked: false },
      { devices: cookie, session: undefined },
      visitAt(later(minutes(1))),
    );
    expect(answered).toMatchObject({ ok: true });
    expect(await db().device.count({ where: { accountId: person.id } })).toBe(2);
  });
});

/** The token after so many sign-ins. */
function chain(token: string, count: number): string {
  return count === 0 ? token : chain(successorOf(token), count - 1);
}
