import fc from "fast-check";
import { expect, test } from "vitest";
import { randomBase32 } from "@/lib/kernel/secrets";
import { readRecoveryCode, showRecoveryCode } from "./rules";

const anyText = fc.array(fc.nat(0xffff)).map((units) => String.fromCharCode(...units));

test("a code is read back however it is typed", () => {
  for (let round = 0; round < 50; round += 1) {
    const code = randomBase32(10);
    const shown = showRecoveryCode(code);
    expect(shown).toMatch(/^[A-Z2-7]{5}-[A-Z2-7]{5}$/);
    const typed = [shown, code, shown.toLowerCase(), shown.replace("-", " "), ` ${[...code].join(" ")} `];
    typed.push(code.replaceAll("O", "0").replaceAll("B", "8").replaceAll("I", "1"));
    for (const text of typed) expect(readRecoveryCode(text), text).toContain(code);
  }
});

test.each([
  ["the digit one may be I or L", "ABCDE-FGH1J", ["ABCDEFGHIJ", "ABCDEFGHLJ"]],
  ["too short", "ABCDE-FGHI", []],
  ["too long", "ABCDE-FGHIJK", []],
  ["a digit that is in no code", "ABCDE-FGHI9", []],
  ["nothing", "", []],
  ["a text code", "481203", []],
])("%s", (_what, typed, readings) => {
  expect(readRecoveryCode(typed)).toEqual(readings);
});

test("whatever is typed, there are at most two readings and each is a code", () => {
  fc.assert(
    fc.property(anyText, (typed) => {
      const readings = readRecoveryCode(typed);
      expect(readings.length).toBeLessThanOrEqual(2);
      for (const reading of readings) expect(reading).toMatch(/^[A-Z2-7]{10}$/);
    }),
  );
});
