import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { numbers } from "@/lib/kernel/numbers";
import { eventKinds } from "./kinds";
import { csvField, csvLine, kindsOf, parseEventId, parseTopic, topics } from "./rules";

test("every kind of event is found under exactly one topic", () => {
  expect(topics.flatMap(kindsOf).sort()).toEqual([...eventKinds].sort());
});

test("what is no topic asks for everything, and what is no id for the newest", () => {
  for (const text of [undefined, "", "constructor", ["codes"], "Codes"])
    expect(parseTopic(text)).toBeUndefined();
  expect(parseTopic("codes")).toBe("codes");
  for (const text of [
    undefined,
    "",
    "0",
    "-1",
    "1e3",
    " 1",
    "01",
    "9".repeat(19),
    ["1"],
    "1;--",
    "G".repeat(32),
    "a".repeat(33),
  ])
    expect(parseEventId(text)).toBeUndefined();
  expect(parseEventId("0f".repeat(16))).toBe("0f".repeat(16));
});

/** What a reader of CSV by RFC 4180 makes of one quoted field. */
const read = (field: string): string => field.slice(1, -1).replaceAll('""', '"');

test("a field of CSV is read as it was written, apart from what would be a formula", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const field = csvField(text);
      expect(field).toMatch(/^"[\s\S]*"$/);
      expect(field.slice(1, -1).replaceAll('""', "")).not.toContain('"');
      expect([text, `'${text}`]).toContain(read(field));
    }),
  );
});

test.each(["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\u200B=1", "\uFF1D1", "|cmd", "%0A=1"])(
  "%j is no formula in a spreadsheet",
  (text) => expect(read(csvField(text))).toBe(`'${text}`),
);

test("plain text is left alone, and a line ends as RFC 4180 says", () => {
  expect(csvLine(["Firefox · Linux", 'say "hi"', "192.0.2.1"])).toBe(
    '"Firefox · Linux","say ""hi""","192.0.2.1"\r\n',
  );
});

test("the database keeps events to within a day of when the sweep takes them", () => {
  const sql = readFileSync("prisma/migrations/0006_activity/migration.sql", "utf8");
  const days = Number(/event_keep_days\(\).*SELECT (\d+)/.exec(sql)?.[1]);
  expect(days * 86_400_000).toBe(numbers.sweep.keepEvents - 86_400_000);
});
