import { expect, test } from "vitest";
import { z } from "zod";
import { boundText, lineOf, parseForm, tick } from "./form";

const shape = {
  name: lineOf({ max: 20, missing: "missing", tooLong: "too-long", malformed: "malformed" }),
  trust: tick,
};

const formOf = (...fields: readonly [name: string, value: string | File][]): FormData => {
  const form = new FormData();
  for (const [name, value] of fields) form.append(name, value);
  return form;
};

test("what comes out has the fields of the schema: one that it does not name is dropped, whatever is in it", () => {
  const form = formOf(
    ["name", " Robin "],
    ["isAdmin", "on"],
    ["accountId", "a"],
    ["accountId", "b"],
    ["upload", new File(["x"], "x.txt")],
    ["__proto__", "x"],
    ["constructor", "x"],
  );
  expect(parseForm(form, shape)).toEqual({ ok: true, data: { name: "Robin", trust: false } });
});

test("the framework's own fields are left out, also where a schema would take every string", () => {
  const form = formOf(["$ACTION_ID_0a", ""], ["$ACTION_1:0", "{}"], ["$ACTION_KEY", "k0"], ["name", "Robin"]);
  expect(parseForm(form, shape)).toEqual({ ok: true, data: { name: "Robin", trust: false } });
  const [taken] = [parseForm(form, { $ACTION_KEY: z.string().optional() })];
  expect(taken).toEqual({ ok: true, data: {} });
});

test.each([
  ["twice", formOf(["name", "Robin"], ["name", "Mallory"])],
  ["twice the same", formOf(["name", "Robin"], ["name", "Robin"])],
  ["as a file", formOf(["name", new File(["Robin"], "name.txt")])],
])("a field that comes %s is refused", (_, form) => {
  expect(parseForm(form, shape)).toEqual({ ok: false, errors: { name: "malformed" } });
});

test.each([
  ["not at all", formOf(["trust", "on"])],
  ["empty", formOf(["name", "  "])],
])("a field that comes %s is missing, in the same words", (_, form) => {
  expect(parseForm(form, shape)).toEqual({ ok: false, errors: { name: "missing" } });
});

test("a tick box that says anything but that it is ticked is refused, and so is what is no form", () => {
  expect(parseForm(formOf(["name", "Robin"], ["trust", "yes"]), shape)).toEqual({
    ok: false,
    errors: { trust: "malformed" },
  });
  for (const none of [undefined, null, {}, "name=Robin"])
    expect(parseForm(none as unknown as FormData, shape)).toEqual({ ok: false, errors: { name: "missing" } });
});

test("what a page bound is a text as it is, and whatever else comes in its place is the empty one, never an error", () => {
  expect(boundText(" A\0")).toBe(" A\0");
  const noText = { toString: "A", valueOf: "A" }; // which String() throws at
  for (const forged of [
    undefined,
    null,
    0,
    true,
    ["A"],
    { token: "A" },
    noText,
    new Date(NaN),
    new FormData(),
  ])
    expect(boundText(forged)).toBe("");
});
