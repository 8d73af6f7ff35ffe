import { randomUUID } from "node:crypto";
import { expect, test, vi } from "vitest";
import { log } from "@/lib/kernel/log";
import { numbers } from "@/lib/kernel/numbers";
import { openMethodData, sealMethodData } from "./store";

const secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
const rowOf = (data: unknown) => {
  const row = { id: randomUUID(), accountId: randomUUID() };
  return { ...row, kind: "app", data: sealMethodData("Method", row, data) };
};

test("a method that does not open is a line of the log, once, and nothing of it is told but which it is (AT-136)", () => {
  const said = vi.spyOn(log, "error").mockImplementation(() => {});
  const whole = rowOf({ secret, tag: "K7F2" });
  expect(openMethodData("Method", whole)).toMatchObject({ kind: "app" });
  expect(said).not.toHaveBeenCalled();

  const other = rowOf({ secret, tag: "K7F2" });
  const broken = [
    { ...other, data: whole.data }, // copied from another account
    { ...rowOf({}), data: "gone.AAAA" }, // of a key that is gone
    rowOf({ secret: 1 }), // not what it should be
  ];
  for (const row of [...broken, ...broken]) expect(openMethodData("Method", row)).toBeUndefined();
  expect(said.mock.calls.map(([facts]) => facts)).toEqual(
    broken.map(({ id }) => ({ table: "Method", id, kind: "app" })),
  );

  for (let n = 0; n < numbers.brokenRowsTold; n += 1)
    openMethodData("Method", { ...rowOf({}), data: "gone.AAAA" });
  expect(said).toHaveBeenCalledTimes(numbers.brokenRowsTold);
});
