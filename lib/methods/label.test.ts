import fc from "fast-check";
import { expect, test } from "vitest";
import { numbers } from "@/lib/kernel/numbers";
import { readLabel } from "./label";

const { labelCharacters, labelUnits } = numbers.fields;
const read = (text: string): string | undefined => {
  const label = readLabel(text);
  return label.ok ? label.value : undefined;
};

test.each([
  ["as it is", "Work phone", "Work phone"],
  ["markup is text", "<b onclick=x>&amp;</b>", "<b onclick=x>&amp;</b>"],
  ["blanks and lines", "  Work \t\n  phone ", "Work phone"],
  ["NUL and other control characters", "Wo\u0000rk\u001b[31m", "Work[31m"],
  ["what turns the direction", "\u202egnp.exe\u202c \u2066x\u2069\u200f", "gnp.exe x"],
  ["what nobody sees", "\u200b\u2060\ufeff\u00ad", ""],
  ["joiners alone", "\u200d\u200c", ""],
  ["right to left stays what it is", "هاتف العمل", "هاتف العمل"],
  ["Persian keeps its joiner", "می‌خواهم", "می‌خواهم"],
  ["a family is one character", "👨‍👩‍👧‍👦", "👨‍👩‍👧‍👦"],
  ["half a character", "a\ud800b", "ab"],
  ["a letter and its mark become one", "e\u0301", "é"],
  ["a tower of marks loses its top", `a${"\u0335".repeat(60)}`, `a${"\u0335".repeat(4)}`],
  ["nothing", "", ""],
])("%s", (_what, typed, label) => {
  expect(read(typed)).toBe(label);
});

test("the limit counts characters as people do: forty families fit by number, but not for ever", () => {
  expect(read("🇨🇦".repeat(labelCharacters))).toBe("🇨🇦".repeat(labelCharacters));
  expect(read("x".repeat(labelCharacters))).toBe("x".repeat(labelCharacters));
  expect(readLabel("x".repeat(labelCharacters + 1))).toEqual({ ok: false, reason: "label-too-long" });
  expect(readLabel("x".repeat(500))).toEqual({ ok: false, reason: "label-too-long" });
  expect(readLabel("👨‍👩‍👧‍👦".repeat(labelCharacters))).toEqual({ ok: false, reason: "label-too-long" });
});

test("whatever is typed, what is kept is one line, turns nothing round, is short, and reads the same again", () => {
  const anything = fc.oneof(
    fc.string({ unit: "binary", maxLength: 120 }),
    fc.array(fc.nat(0xffff)).map((units) => String.fromCharCode(...units)),
  );
  fc.assert(
    fc.property(anything, (typed) => {
      const label = read(typed);
      if (label === undefined) return;
      expect(label).not.toMatch(/[\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]|^\s|\s$/u);
      expect(() => encodeURIComponent(label)).not.toThrow(); // no half of a pair
      expect(label.length).toBeLessThanOrEqual(labelUnits);
      expect(read(label)).toBe(label);
    }),
    { numRuns: 100 },
  );
});
