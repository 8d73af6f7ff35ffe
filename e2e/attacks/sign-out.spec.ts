import { db } from "@/lib/db";
import { cookie, expect, isSignedIn, sessionsOf, test, withSession } from "../fixtures/arena";
import { makePerson } from "../fixtures/people";

test("signing out by next-auth's own address ends the session too, with every copy of its cookie, and is recorded once", async ({
  arena,
}) => {
  const person = await makePerson({ methods: ["app", "text"] });
  const browser = await withSession(arena, person, false);
  const copy = arena.browser();
  copy.cookies.set(cookie.session, browser.cookies.get(cookie.session) ?? "");
  expect(await isSignedIn(copy)).toBe(true);

  const signOut = async (csrfToken: string) =>
    browser.post("/api/auth/signout", [["csrfToken", csrfToken]], {
      enctype: "application/x-www-form-urlencoded",
    });
  const csrf = await browser.get("/api/auth/csrf");
  const csrfToken = /"csrfToken":"([^"]+)"/.exec(csrf.body)?.[1] ?? "";
  // Without its token it is anybody's form, and nothing happens.
  await signOut("A".repeat(64));
  expect(await sessionsOf(person)).toBe(1);

  await signOut(csrfToken);
  expect(browser.cookies.has(cookie.session)).toBe(false);
  expect(await sessionsOf(person)).toBe(0);
  expect(await isSignedIn(copy)).toBe(false);
  expect(await db().event.count({ where: { accountId: person.id, kind: "signed-out" } })).toBe(1);
});
