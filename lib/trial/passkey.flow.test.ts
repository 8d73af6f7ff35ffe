import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { SoftPasskey } from "@/e2e/fixtures/authenticator";
import { makePerson, makeSession, type Person } from "@/e2e/fixtures/people";
import { deliverAll } from "@/e2e/fixtures/rounds";
import { db } from "@/lib/db";
import { outboxPath } from "@/lib/delivery";
import { after, minutes } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import { hashToken } from "@/lib/kernel/secrets";
import { siteUrl } from "@/lib/kernel/site";
import { removeMethod } from "@/lib/security";
import { beginSetup, confirm, type Owner, passkeyToMake } from "@/lib/setup";
import { visitAt } from "@/lib/setup/test-account";
import { putBack, viewWayBack } from "@/lib/undo";
import { tryMethod, viewMethodTrial } from ".";

type Named = Owner & { readonly name: string };

async function ownerOf(person: Person): Promise<Named> {
  const token = await makeSession(person);
  const { id } = await db().session.findUniqueOrThrow({ where: { tokenHash: hashToken(token) } });
  return { id, accountId: person.id, email: person.email, name: person.name };
}

/** Somebody with two ways and a synced passkey, which counts nothing. */
async function withPasskey() {
  const person = await makePerson({ methods: ["app", "text"] });
  const owner = await ownerOf(person);
  const passkey = new SoftPasskey(siteUrl(), { isSynced: true });
  await beginSetup("passkey", {}, owner, visitAt());
  const options = await passkeyToMake(owner, new Date());
  if (options === undefined) throw new Error("no passkey is asked for");
  const made = await confirm("passkey", passkey.make(options), owner, visitAt());
  if (!made.ok) throw new Error(made.reason);
  const { id } = await db().method.findUniqueOrThrow({ where: { credential: hashToken(passkey.id) } });
  return { person, owner, passkey, id };
}

async function asked(id: string, owner: Owner, now = new Date()) {
  const options = (await viewMethodTrial("try", id, owner, now))?.passkeyOptions;
  if (options === undefined) throw new Error("nothing is asked");
  return options;
}

it("a passkey is tried by one answer, once, in the session that was asked, and for this passkey only", async () => {
  const { person, owner, passkey, id } = await withPasskey();
  const other = await ownerOf(person);
  await db().method.update({ where: { id }, data: { provenAt: null } });
  const answer = passkey.answer(await asked(id, owner));
  expect(await tryMethod("try", id, answer, other, visitAt())).toMatchObject({ reason: "wrong" });
  expect(await tryMethod("try", id, answer, owner, visitAt())).toMatchObject({ ok: true });
  const proven = (await db().method.findUniqueOrThrow({ where: { id } })).provenAt;
  expect(proven).not.toBeNull();
  expect(await tryMethod("try", id, answer, owner, visitAt())).toMatchObject({ reason: "used" });

  const late = passkey.answer(await asked(id, owner));
  const tooLate = after(new Date(), numbers.passkey.challenge + minutes(1));
  expect(await tryMethod("try", id, late, owner, visitAt(tooLate))).toMatchObject({ reason: "expired" });
  const session = await db().session.findUniqueOrThrow({ where: { id: owner.id } });
  expect(session.provenMethodId).toBeNull();
});

it("another key's answer for it is wrong and spends a try of the account", async () => {
  const { person, owner, passkey, id } = await withPasskey();
  const stranger = new SoftPasskey(siteUrl());
  const answer = passkey.answer(await asked(id, owner), { signedBy: stranger });
  expect(await tryMethod("try", id, answer, owner, visitAt())).toMatchObject({ reason: "wrong" });
  expect(await db().account.findUniqueOrThrow({ where: { id: person.id } })).toMatchObject({
    failuresInRow: 1,
  });
});

it("a removed passkey is put back by its own answer to the link's challenge, which is new with every try", async () => {
  const { person, owner, passkey, id } = await withPasskey();
  await removeMethod(id, true, owner, visitAt());
  await deliverAll();
  const mails = readFileSync(outboxPath(), "utf8").trim().split("\n").reverse();
  const mail = mails.find((line) => line.includes(`"${person.email}"`)) ?? "";
  const token = /\/put-back\/([A-Za-z0-9_-]{43})/.exec(mail)?.[1] ?? "";
  const page = await viewWayBack(token, new Date());
  const options = page.ok ? page.value.passkeyOptions : undefined;
  if (options === undefined) throw new Error("nothing is asked");
  const forged = passkey.answer(options, { signedBy: new SoftPasskey(siteUrl()) });
  expect(await putBack(token, forged, visitAt())).toMatchObject({ reason: "wrong" });
  // That try is spent, and its challenge with it.
  expect(await putBack(token, passkey.answer(options), visitAt())).toMatchObject({ reason: "used" });
  const again = await viewWayBack(token, new Date());
  const fresh = again.ok ? again.value.passkeyOptions : undefined;
  if (fresh === undefined) throw new Error("nothing is asked");
  expect(await putBack(token, passkey.answer(fresh), visitAt())).toEqual({
    ok: true,
    value: "method-removed",
  });
  expect((await db().method.findUniqueOrThrow({ where: { id } })).removedAt).toBeNull();
});
