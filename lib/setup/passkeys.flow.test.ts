import { afterAll, describe, expect, it } from "vitest";
import { type Lies, SoftPasskey } from "@/e2e/fixtures/authenticator";
import { appCode, makePerson, type Person, password } from "@/e2e/fixtures/people";
import { closePool, db } from "@/lib/db";
import { after, minutes } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import { hashToken } from "@/lib/kernel/secrets";
import { siteUrl } from "@/lib/kernel/site";
import { findSession } from "@/lib/sessions";
import { answer, begin as beginSignIn } from "@/lib/sign-in";
import { addPasskeyOfBrowser, beginSetup, confirm, passkeyOffer, passkeyToMake, setupFacts } from ".";
import { addApp, newPerson, turnOnFor, visitAt } from "./test-account";

afterAll(closePool);

const makes = (isSynced = true) => new SoftPasskey(siteUrl(), { isSynced });
/** As a browser makes one by itself: nobody touched anything. */
const silently: Lies = { isPresent: false, isVerified: false };

/** Signs somebody in with the password and the app; the session, as its guard would give it. */
async function signedIn(person: Person, { isTrustAsked = false, now = new Date() } = {}) {
  const none = { devices: undefined, session: undefined };
  const begun = await beginSignIn({ email: person.email, password }, none, visitAt(now));
  if (!begun.ok || begun.value.kind !== "asked") throw new Error("not asked");
  await db().method.updateMany({ where: { accountId: person.id }, data: { counter: null } });
  const done = await answer(
    { token: begun.value.attemptToken, answer: appCode(person, now), isTrustAsked },
    none,
    visitAt(now),
  );
  if (!done.ok) throw new Error(done.reason);
  const session = await findSession(hashToken(done.value.admission.sessionToken), now);
  if (session === undefined) throw new Error("no session");
  return { session, devices: done.value.deviceCookie };
}

const passkeysOf = (accountId: string) => db().method.count({ where: { accountId, kind: "passkey" } });

async function offered(session: Parameters<typeof passkeyOffer>[0], now = new Date()) {
  const offer = await passkeyOffer(session, now);
  if (offer?.toMake === undefined) throw new Error("nothing is to be made");
  return offer.toMake;
}

describe("a passkey in the set-up", () => {
  it("is the backup and never the first method", async () => {
    const person = await newPerson();
    expect(await beginSetup("passkey", {}, person, visitAt())).toMatchObject({
      ok: false,
      reason: "not-first",
    });
    await addApp(person);
    expect(await beginSetup("passkey", {}, person, visitAt())).toMatchObject({ ok: true });
    const options = await passkeyToMake({ ...person, name: "Ann" }, new Date());
    if (options === undefined) throw new Error("no passkey is asked for");
    expect(await confirm("passkey", makes().make(options), person, visitAt())).toMatchObject({ ok: true });
    expect(await setupFacts(person, new Date())).toMatchObject({ isOn: false, methods: 2 });
    expect((await turnOnFor(person)).ok).toBe(true);
  });

  it("that is another account's is refused as such, costs a try, and leaves the set-up where it was", async () => {
    const backup = async (person: Awaited<ReturnType<typeof newPerson>>) => {
      const options = await passkeyToMake({ ...person, name: "Ann" }, new Date());
      if (options === undefined) throw new Error("no passkey is asked for");
      return options;
    };
    const [owner, other] = [await newPerson(), await newPerson()];
    for (const person of [owner, other]) {
      await addApp(person);
      await beginSetup("passkey", {}, person, visitAt());
    }
    const taken = makes();
    expect((await confirm("passkey", taken.make(await backup(owner)), owner, visitAt())).ok).toBe(true);
    const refused = await confirm("passkey", taken.make(await backup(other)), other, visitAt());
    expect(refused).toMatchObject({ ok: false, reason: "same-passkey" });
    const { tries } = await db().enrolment.findFirstOrThrow({
      where: { accountId: other.accountId, kind: "passkey" },
    });
    expect(tries).toBe(numbers.enrolment.tries - 1);
    expect((await confirm("passkey", makes().make(await backup(other)), other, visitAt())).ok).toBe(true);
  });
});

describe("a passkey that a browser makes by itself after a sign-in", () => {
  it("is added without anybody touching anything, recorded with its reason, and told", async () => {
    const person = await makePerson({ methods: ["app", "text"] });
    const { session } = await signedIn(person);
    const made = makes().make(await offered(session), silently);
    expect(await addPasskeyOfBrowser(made, session, undefined, visitAt())).toMatchObject({ ok: true });
    expect(await passkeysOf(person.id)).toBe(1);
    const event = await db().event.findFirstOrThrow({
      where: { accountId: person.id, kind: "method-added" },
    });
    expect(event.facts).toMatchObject({ method: "passkey", reason: "made-by-browser" });
    expect(await db().message.count({ where: { accountId: person.id, purpose: "alert" } })).toBeGreaterThan(
      0,
    );
    // Whoever has one is offered none.
    expect(await passkeyOffer(session, new Date())).toBeUndefined();
  });

  it("leaves the browser trusted whose owner asked for that a moment ago, and ends trust and sessions elsewhere", async () => {
    const person = await makePerson({ methods: ["app", "text"] });
    const elsewhere = await signedIn(person, { isTrustAsked: true });
    const here = await signedIn(person, { isTrustAsked: true });
    const made = makes().make(await offered(here.session), silently);
    const added = await addPasskeyOfBrowser(made, here.session, here.devices, visitAt());
    if (!added.ok) throw new Error(added.reason);
    const cookies = { devices: added.value.deviceCookie, session: undefined };
    const again = await beginSignIn({ email: person.email, password }, cookies, visitAt());
    expect(again).toMatchObject({ ok: true, value: { kind: "admitted" } });
    const there = { devices: elsewhere.devices, session: undefined };
    const asked = await beginSignIn({ email: person.email, password }, there, visitAt());
    expect(asked).toMatchObject({ ok: true, value: { kind: "asked" } });
    expect(await db().session.count({ where: { id: elsewhere.session.id } })).toBe(0);
    expect(await db().session.count({ where: { id: here.session.id } })).toBe(1);
  });

  it("is made once, of two answers at the same moment and of one given again", async () => {
    const person = await makePerson({ methods: ["app", "text"] });
    const { session } = await signedIn(person);
    const options = await offered(session);
    const answers = [makes(), makes()].map((each) => each.make(options, silently));
    const added = await Promise.all(
      answers.map((each) => addPasskeyOfBrowser(each, session, undefined, visitAt())),
    );
    expect(added.filter(({ ok }) => ok)).toHaveLength(1);
    expect(await addPasskeyOfBrowser(answers[0] ?? "", session, undefined, visitAt())).toMatchObject({
      ok: false,
    });
    expect(await passkeysOf(person.id)).toBe(1);
  });

  it("is not made by another session, for another site, by another challenge, or minutes later (AT-088, AT-090)", async () => {
    const person = await makePerson({ methods: ["app", "text"] });
    const { session } = await signedIn(person);
    const stranger = await signedIn(await makePerson({ methods: ["app"] }));
    const options = await offered(session);
    const cases: [string, string, typeof session, Date][] = [
      ["another account", makes().make(options, silently), stranger.session, new Date()],
      [
        "another session",
        makes().make(options, silently),
        { ...session, id: stranger.session.id },
        new Date(),
      ],
      [
        "another site",
        makes().make(options, { ...silently, origin: "https://evil.example" }),
        session,
        new Date(),
      ],
      ["another challenge", makes().make({ ...options, challenge: "AAAA" }, silently), session, new Date()],
      ["too late", makes().make(options, silently), session, after(new Date(), minutes(6))],
      ["nothing", "{}", session, new Date()],
    ];
    for (const [what, made, asking, at] of cases)
      expect(await addPasskeyOfBrowser(made, asking, undefined, visitAt(at)), what).toMatchObject({
        ok: false,
      });
    expect(await passkeysOf(person.id)).toBe(0);
    expect(await passkeysOf(stranger.session.accountId)).toBe(0);
  });

  it("is offered as a link alone after a code that was sent, and not at all without one (AT-068)", async () => {
    const person = await makePerson({ methods: ["app", "text"] });
    const { session } = await signedIn(person);
    const made = makes().make(await offered(session), silently);
    const byText = { ...session, methodKind: "phone" };
    expect(await passkeyOffer(byText, new Date())).toEqual({ toMake: undefined });
    for (const methodKind of ["recovery-codes", "passkey", null])
      expect(await passkeyOffer({ ...session, methodKind }, new Date())).toBeUndefined();
    expect(await passkeyOffer({ ...session, twoStepOnAt: null }, new Date())).toBeUndefined();
    expect(await passkeyOffer(session, after(session.createdAt, minutes(5)))).toBeUndefined();
    expect(await addPasskeyOfBrowser(made, byText, undefined, visitAt())).toMatchObject({
      ok: false,
      reason: "gone",
    });
    expect(await passkeysOf(person.id)).toBe(0);
  });

  it("a passkey that is asked for still needs somebody's touch", async () => {
    const person = await newPerson();
    await addApp(person);
    await beginSetup("passkey", {}, person, visitAt());
    const options = await passkeyToMake({ ...person, name: "Ann" }, new Date());
    if (options === undefined) throw new Error("no passkey is asked for");
    const made = await confirm("passkey", makes().make(options, silently), person, visitAt());
    expect(made).toMatchObject({ ok: false, reason: "wrong" });
  });
});
