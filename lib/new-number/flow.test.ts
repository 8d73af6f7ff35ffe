import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { freshNumber, makePerson, makeSession, type Person, password } from "@/e2e/fixtures/people";
import { deliverAll } from "@/e2e/fixtures/rounds";
import { db } from "@/lib/db";
import { outboxPath } from "@/lib/delivery";
import { after, before, days, seconds } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import { hashToken } from "@/lib/kernel/secrets";
import { listActiveMethods } from "@/lib/methods";
import { isProofEnough } from "@/lib/proof";
import { askFirst, removeMethod } from "@/lib/security";
import { confirm, type Owner } from "@/lib/setup";
import { newestCode, visitAt } from "@/lib/setup/test-account";
import { begin as beginSignIn, viewAttempt } from "@/lib/sign-in";
import { proveWithoutPhone, suspendPhone, viewTheft } from "@/lib/stolen";
import { chooseForWayBack, putBack, viewWayBack } from "@/lib/undo";
import { beginNewNumber, confirmNewNumber, keepNumber, retireDue } from ".";

type Changing = { person: Person; owner: Owner; old: string; oldNumber: string; newNumber: string };

async function ownerOf(person: Person): Promise<Owner> {
  const token = await makeSession(person);
  const { id } = await db().session.findUniqueOrThrow({ where: { tokenHash: hashToken(token) } });
  return { id, accountId: person.id, email: person.email };
}

/** Somebody with a phone and an app, who has begun to change the number. */
async function changing(): Promise<Changing> {
  const person = await makePerson({ methods: ["text", "app"] });
  const [phone] = person.methods;
  if (phone?.kind !== "phone") throw new Error("no phone");
  const owner = await ownerOf(person);
  const newNumber = freshNumber();
  const begun = await beginNewNumber(phone.id, typed(newNumber), owner, visitAt());
  if (!begun.ok) throw new Error(begun.reason);
  return { person, owner, old: phone.id, oldNumber: phone.number, newNumber };
}

const typed = (number: string) => ({ number, country: "GB", channel: "text" });

/** The same, with the new number confirmed. */
async function changed(): Promise<Changing & { fresh: string }> {
  const all = await changing();
  const done = await confirmNewNumber(all.old, newestCode(all.newNumber), all.owner, visitAt());
  if (!done.ok) throw new Error(done.reason);
  return { ...all, fresh: (await active(all)).find(({ id }) => id !== all.old)?.id ?? "" };
}

const active = async ({ person }: { person: Person }) => (await listActiveMethods(person.id)).methods;
const rowOf = (id: string) => db().method.findUniqueOrThrow({ where: { id } });
const kindsOf = async ({ person }: { person: Person }) =>
  (await db().event.findMany({ where: { accountId: person.id }, orderBy: { id: "asc" } })).map(
    ({ kind }) => kind,
  );

async function told(now = new Date()): Promise<{ to: string; body: string }[]> {
  await deliverAll(after(now, seconds(1)));
  return readFileSync(outboxPath(), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { to: string; body: string });
}

const linkTo = async ({ person }: Changing, now?: Date): Promise<string> =>
  /\/put-back\/([A-Za-z0-9_-]{43})/.exec(
    (await told(now)).filter(({ to }) => to === person.email).at(-1)?.body ?? "",
  )?.[1] ?? "";

const overAt = () => after(new Date(), numbers.newNumber.keepOldFor + seconds(1));

describe("a new number", () => {
  it("changes nothing before it is confirmed; then it stands where the old one stood, which is the last backup", async () => {
    const all = await changing();
    expect((await active(all)).map(({ id }) => id)).toEqual(all.person.methods.map(({ id }) => id));
    await db().method.update({ where: { id: all.person.methods[1]?.id ?? "" }, data: { livesOn: all.old } });
    const done = await confirmNewNumber(all.old, newestCode(all.newNumber), all.owner, visitAt());
    expect(done).toMatchObject({ ok: true });
    const methods = await active(all);
    expect(methods.map(({ kind }) => kind)).toEqual(["phone", "app", "phone"]);
    expect(methods[2]).toMatchObject({ id: all.old });
    expect(methods[2]?.retiresAt?.getTime()).toBeGreaterThan(after(new Date(), days(29)).getTime());
    expect(methods[1]?.livesOn).toBe(methods[0]?.id);
  });

  it("both numbers are told by text and the address by mail", async () => {
    const all = await changed();
    const messages = await told();
    for (const to of [all.oldNumber, all.newNumber])
      expect(messages.some((message) => message.to === to && message.body.includes("takes the place"))).toBe(
        true,
      );
    expect(messages.some(({ to, body }) => to === all.person.email && body.includes("put-back"))).toBe(true);
    expect(await kindsOf(all)).toContain("number-changed");
  });

  it("the old one stays last, whatever is moved, and where it was used last", async () => {
    const all = await changed();
    await askFirst(all.old, all.owner, visitAt());
    expect((await active(all)).at(-1)?.id).toBe(all.old);
    await db().limit.deleteMany();
    const browser = { devices: undefined, session: undefined };
    const begun = await beginSignIn({ email: all.person.email, password }, browser, visitAt());
    if (!begun.ok || begun.value.kind !== "asked") throw new Error("not asked");
    const page = await viewAttempt(begun.value.attemptToken, "sign-in", null, new Date());
    expect(page?.asked).not.toMatchObject({ lastDigits: all.oldNumber.slice(-2) });
  });

  it("a number of another account, and one that goes already, is not there", async () => {
    const all = await changed();
    const other = await makePerson({ methods: ["text"] });
    const owner = await ownerOf(other);
    expect(await beginNewNumber(all.fresh, typed(freshNumber()), owner, visitAt())).toMatchObject({
      reason: "not-there",
    });
    expect(await beginNewNumber(all.old, typed(freshNumber()), all.owner, visitAt())).toMatchObject({
      reason: "not-there",
    });
    expect(await keepNumber(all.old, owner, visitAt())).toMatchObject({ reason: "not-there" });
    expect((await rowOf(all.old)).retiresAt).not.toBeNull();
  });

  it("a code for one more number retires nothing, and two confirmations at once make one change", async () => {
    const plain = await changing();
    expect(await confirm("phone", newestCode(plain.newNumber), plain.owner, visitAt())).toMatchObject({
      ok: true,
    });
    expect((await rowOf(plain.old)).retiresAt).toBeNull();

    const all = await changing();
    const code = newestCode(all.newNumber);
    const answers = await Promise.all(
      [1, 2].map(() => confirmNewNumber(all.old, code, all.owner, visitAt())),
    );
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
    expect(await active(all)).toHaveLength(3);
  });
});

describe("after thirty days", () => {
  it("the old number goes by itself, once with two instances looking, and nobody is signed out", async () => {
    const all = await changed();
    await retireDue(new Date());
    expect((await rowOf(all.old)).removedAt).toBeNull();
    await Promise.all([retireDue(overAt()), retireDue(overAt())]);
    expect((await rowOf(all.old)).removedAt).not.toBeNull();
    expect((await kindsOf(all)).filter((kind) => kind === "number-retired")).toHaveLength(1);
    expect(await db().session.count({ where: { accountId: all.person.id } })).toBe(1);
    expect((await active(all)).map(({ id }) => id)).not.toContain(all.old);
  });

  it("the old number goes also where wrong codes had disabled it", async () => {
    const all = await changed();
    await db().method.update({ where: { id: all.old }, data: { disabledAt: new Date() } });
    await retireDue(overAt());
    expect((await rowOf(all.old)).removedAt).not.toBeNull();
  });

  it("one that was kept stays", async () => {
    const all = await changed();
    expect(await keepNumber(all.old, all.owner, visitAt())).toMatchObject({ ok: true });
    expect(await keepNumber(all.old, all.owner, visitAt())).toMatchObject({ reason: "not-there" });
    await retireDue(overAt());
    expect((await rowOf(all.old)).removedAt).toBeNull();
  });

  it("the last way of getting in never goes by itself, and the last lasting one is not removed beside it", async () => {
    const all = await changed();
    const [, app] = all.person.methods;
    await db().method.update({ where: { id: app?.id ?? "" }, data: { removedAt: new Date() } });
    expect(await removeMethod(all.fresh, true, all.owner, visitAt())).toMatchObject({ reason: "last" });
    await db().method.update({ where: { id: all.fresh }, data: { removedAt: new Date() } });
    await retireDue(overAt());
    expect(await rowOf(all.old)).toMatchObject({ removedAt: null, retiresAt: null });
    expect(await kindsOf(all)).toContain("number-kept");
  });
});

describe("the link in the mail", () => {
  it("undoes the change with a code of the old number, which is asked first again; everybody is signed out", async () => {
    const all = await changed();
    const token = await linkTo(all);
    expect(await chooseForWayBack(token, all.fresh, visitAt())).toMatchObject({ reason: "method-gone" });
    await db().limit.deleteMany();
    expect(await chooseForWayBack(token, all.old, visitAt())).toMatchObject({ ok: true });
    expect(await putBack(token, newestCode(all.oldNumber), visitAt())).toEqual({
      ok: true,
      value: "number-changed",
    });
    expect((await active(all))[0]).toMatchObject({ id: all.old, retiresAt: null });
    expect(await db().session.count({ where: { accountId: all.person.id } })).toBe(0);
  });

  it("is not taken away by suspending the old number with what came with the change or after it", async () => {
    const all = await changed();
    const token = await linkTo(all);
    const prove = (provenMethodId: string) =>
      db().session.update({ where: { id: all.owner.id }, data: { provenMethodId } });
    await prove(all.fresh);
    expect(await suspendPhone(all.old, [], all.owner, visitAt())).toMatchObject({
      reason: "number-changing",
    });
    expect(await viewWayBack(token, new Date())).toMatchObject({ value: { ways: [{ id: all.old }] } });
    expect(await proveWithoutPhone(all.old, all.owner, visitAt())).toBe(true);
    await prove(all.person.methods[1]?.id ?? "");
    expect(await suspendPhone(all.old, [], all.owner, visitAt())).toMatchObject({ ok: true });
  });

  it("the page of a stolen phone says so before the button: until when, and whether anything here is older than the change", async () => {
    const all = await changed();
    const app = all.person.methods[1]?.id ?? "";
    const { createdAt: changedAt, expiresAt } = await db().removal.findFirstOrThrow({
      where: { accountId: all.person.id, kind: "number-changed" },
    });
    const proveWith = (provenMethodId: string | null) =>
      db().session.update({ where: { id: all.owner.id }, data: { provenMethodId, provenAt: new Date() } });
    // The old number itself was stolen.
    await proveWith(all.fresh);
    const { fresh, old, owner } = all;
    expect(await viewTheft(old, owner, new Date())).toMatchObject({
      hurdle: "number-changing",
      change: { oldId: old, until: expiresAt, isProvable: true },
    });
    // The phone with the new number: the old card may be in it; unticked, the rest can go.
    await db().method.update({ where: { id: app }, data: { createdAt: after(changedAt, seconds(1)) } });
    await proveWith(app);
    expect(await viewTheft(fresh, owner, new Date())).toMatchObject({
      hurdle: undefined,
      ticked: [],
      perhaps: [{ id: app }, { id: old }],
      change: { oldId: old, isProvable: false },
    });
    expect(await suspendPhone(fresh, [old], owner, visitAt())).toMatchObject({ reason: "number-changing" });
    // Recovery codes count by their set, which may be older or younger.
    await proveWith(null);
    const codes = (createdAt: Date) =>
      db().recoveryCode.create({
        data: {
          id: crypto.randomUUID(),
          accountId: all.person.id,
          lookup: "x",
          hash: "x",
          number: 1,
          createdAt,
        },
      });
    const { id } = await codes(after(changedAt, seconds(1)));
    expect(await viewTheft(old, owner, new Date())).toMatchObject({
      hurdle: "number-changing",
      change: { isProvable: false },
    });
    expect(await proveWithoutPhone(old, owner, visitAt())).toBe(true);
    const session = await db().session.findUniqueOrThrow({ where: { id: owner.id } });
    expect(session).toMatchObject({ provenAt: null, avoidMethodId: old });
    expect(
      isProofEnough(
        { ...session, methodKind: "recovery-codes" },
        { name: "suspend-phone", subject: old },
        new Date(),
      ),
    ).toBe(false);
    await proveWith(null);
    await db().recoveryCode.update({ where: { id }, data: { createdAt: before(changedAt, seconds(1)) } });
    expect(await viewTheft(old, owner, new Date())).toMatchObject({ hurdle: undefined, change: undefined });
    expect(await proveWithoutPhone(old, owner, visitAt())).toBe(false);
    // After its days the change stands, and anything suspends the old number.
    await proveWith(fresh);
    expect(await viewTheft(old, owner, expiresAt)).toMatchObject({ hurdle: undefined, change: undefined });
  });

  it("puts a retired number back, for good", async () => {
    const all = await changed();
    await retireDue(overAt());
    const token = await linkTo(all, overAt());
    await db().limit.deleteMany();
    const at = after(overAt(), days(1));
    expect(await chooseForWayBack(token, all.old, visitAt(at))).toMatchObject({ ok: true });
    expect(await putBack(token, newestCode(all.oldNumber), visitAt(at))).toMatchObject({ ok: true });
    expect(await rowOf(all.old)).toMatchObject({ removedAt: null, retiresAt: null });
  });
});
