/** What the pages of an open attempt cost: they are asked for by everybody who signs in. */
import { afterAll, beforeEach, expect, it, vi } from "vitest";
import { makePerson, password } from "@/e2e/fixtures/people";
import { closePool } from "@/lib/db";
import { begin, viewAttempt, viewCodePage, viewOtherWays } from ".";

const opened = vi.hoisted(() => ({ count: 0 }));
vi.mock("@/lib/methods", async (original) => {
  const methods = await original<typeof import("@/lib/methods")>();
  return {
    ...methods,
    openMethodData: (...row: Parameters<typeof methods.openMethodData>) => {
      opened.count += 1;
      return methods.openMethodData(...row);
    },
  };
});

let token: string;
beforeEach(async () => {
  const person = await makePerson({ methods: ["text", "voice", "app"] });
  const visit = { now: new Date(), address: "192.0.2.1", browser: "" };
  const begun = await begin(
    { email: person.email, password },
    { devices: undefined, session: undefined },
    visit,
  );
  if (!begun.ok || begun.value.kind !== "asked") throw new Error("not asked");
  token = begun.value.attemptToken;
  opened.count = 0;
});
afterAll(closePool);

it.each([
  ["its code", viewCodePage],
  ["other ways", viewOtherWays],
])("the page of %s opens each method of the account once", async (_page, view) => {
  const read = await view(token, "sign-in", null, { now: new Date(), address: "192.0.2.1", browser: "" });
  expect(read?.page.methods).toHaveLength(3);
  expect(opened.count).toBe(3);
});

it("so does the line of a code, which is asked for again and again", async () => {
  expect((await viewAttempt(token, "sign-in", null, new Date()))?.methods).toHaveLength(3);
  expect(opened.count).toBe(3);
});
