import { expect, test } from "vitest";
import { causeOf } from "./cause";

test("the cause of an error is told by names, codes and places, and never by its words", () => {
  const inner = Object.assign(new Error("Key (email)=(ann@example.com) 481203"), { code: "53100" });
  const error = Object.assign(new Error("password: secret\n    at 481203\n", { cause: inner }), {
    code: "P2010",
    meta: { driverAdapterError: { cause: { originalCode: "53100" } }, code: "ann@example.com" },
  });
  error.name = "PrismaClientKnownRequestError";
  const cause = causeOf(error);
  expect(cause).toMatchObject({ name: "PrismaClientKnownRequestError", codes: ["P2010", "53100"] });
  expect(cause.at.some((frame) => frame.includes("cause.test.ts"))).toBe(true);
  expect(JSON.stringify(cause)).not.toMatch(/secret|481203|ann@/);
});

test("what is no error has a cause, too", () => {
  for (const thrown of [undefined, null, "481203", 481203, { code: 5 }, Object.create(null)])
    expect(JSON.stringify(causeOf(thrown))).not.toContain("481203");
});
