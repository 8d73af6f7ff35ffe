import { expect, test } from "vitest";
import { numbers } from "@/lib/kernel/numbers";
import { beginMethod, methods } from "@/lib/methods";
import { demonstrationCodes, demonstrationPassword, people } from "./rules";

test("nobody shares an id, an address, a key or an entry tag", () => {
  const apps = people.flatMap((person) => person.methods.flatMap((m) => (m.kind === "app" ? [m.data] : [])));
  for (const values of [
    people.map((person) => person.id),
    people.map((person) => person.email),
    apps.map((data) => data.secret),
    apps.map((data) => data.tag),
  ])
    expect(new Set(values).size).toBe(values.length);
});

test("every address is one that no mail can reach (RFC 2606)", () => {
  for (const { email } of people) expect(email).toMatch(/^[a-z]+@example\.com$/);
});

test("what they have is what a person could have set up", () => {
  for (const method of people.flatMap((person) => person.methods)) {
    expect(methods[method.kind].data.safeParse(method.data).success).toBe(true);
    if (method.kind === "phone")
      expect(beginMethod("phone", { ...method.data, country: "" })).toEqual({ ok: true, value: method });
  }
});

test("whoever has a second step has a backup as well", () => {
  for (const { methods: those } of people) expect(those.length).not.toBe(1);
});

test("the recovery codes are a set as people get it", () => {
  expect(demonstrationCodes.size).toBe(numbers.recoveryCodes.count);
  for (const code of demonstrationCodes)
    expect(code).toMatch(new RegExp(`^[A-Z2-7]{${numbers.recoveryCodes.characters}}$`));
});

test("the password is long enough for the site's own rules", () => {
  expect(demonstrationPassword.length).toBeGreaterThanOrEqual(numbers.password.minCharacters);
});
