import { afterAll, beforeEach, expect, test } from "vitest";
import { makePerson, makeSession } from "@/e2e/fixtures/people";
import { closePool, db } from "@/lib/db";
import { policyStanding } from ".";

beforeEach(async () => {
  await db().account.deleteMany();
});
afterAll(closePool);

test("the dry run counts whom the policy would stop, and changes nothing", async () => {
  await makePerson(); // nothing yet, signed in nowhere
  await makeSession(await makePerson()); // nothing yet, signed in
  await makePerson({ methods: ["app"], isOn: false }); // stopped in the middle
  await makePerson({ methods: ["app", "text"], isOn: false }); // before the last button
  await makePerson({ methods: ["app"] }); // on, without a backup
  await makePerson({ methods: ["app", "text"] });
  const before = await db().account.findMany({ orderBy: { id: "asc" } });
  expect(await policyStanding(new Date())).toEqual({
    people: 6,
    off: 4,
    offWithOne: 1,
    offSignedIn: 1,
    onWithOne: 1,
  });
  expect(await db().account.findMany({ orderBy: { id: "asc" } })).toEqual(before);
});
