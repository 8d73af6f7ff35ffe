import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { after, before } from "@/lib/kernel/durations";
import { parseForm } from "@/lib/kernel/form";
import { catalogues } from "@/lib/words";
import { currentPasswordField, emailField, nameField, newPasswordField } from "./fields";
import { emailKey, linkState, maskedEmail, parseEmail, passwordProblem, passwordShapeProblem } from "./rules";

describe("an e-mail address", () => {
  test.each([
    [" Ann@Example.com ", "ann@example.com"],
    ["o'brien+shop@a.co.uk", "o'brien+shop@a.co.uk"],
    ["root@localhost", "root@localhost"],
    ["ann@bücher.de", "ann@xn--bcher-kva.de"],
    ["ann@ｅxample.com", "ann@example.com"],
    ["ann@example。com", "ann@example.com"],
    // The Kelvin sign is one address with the letter, not a second one.
    ["miKe@example.com", "mike@example.com"],
  ])("%j is compared as %j", (text, key) => expect(emailKey(text)).toBe(key));

  test.each([
    "",
    "ann",
    "ann@",
    "@example.com",
    "ann@example",
    "ann@@example.com",
    "ann＠example.com",
    "ann﹫example.com",
    "ann@example.com＠evil.com",
    "ann@example.com,eve@evil.com",
    "ann@example.com;eve@evil.com",
    "ann@example.com\nCc:eve@evil.com",
    "ann@example.com%0aCc:eve@evil.com",
    '"eve@evil.com"@example.com',
    '"ann"@example.com',
    "Ann <ann@example.com>",
    "ann(x)@example.com",
    "an n@example.com",
    "an\u200bn@example.com",
    "an\0n@example.com",
    "-oQ/tmp/x@example.com",
    "ann@127.0.0.1",
    "ann@0x7f.1",
    "ann@[127.0.0.1]",
    "ann@example.com.",
    "ann@-example.com",
    "ann@exam_ple.com",
    `ann@${"a".repeat(64)}.com`,
    `${"a".repeat(65)}@example.com`,
    `ann@${"a.".repeat(130)}com`,
  ])("%j is refused", (text) => expect(parseEmail(text)).toBeUndefined());

  test("is one mailbox whatever was typed, and stays the same when read again", () => {
    fc.assert(
      fc.property(fc.oneof(fc.emailAddress(), fc.string({ unit: "binary" })), (text) => {
        const key = emailKey(text);
        if (key === undefined) return;
        expect(key.split("@")).toHaveLength(2);
        expect(key).not.toMatch(/[\s,;<>"]/u);
        expect(emailKey(key)).toBe(key);
      }),
    );
  });

  test("shows its first letter and its host to another mailbox", () =>
    expect(maskedEmail("ann.smith@example.com")).toBe("a…@example.com"));
});

describe("a new password", () => {
  const context = {
    siteName: "Latchkey",
    email: "anna.smith@example.com",
    name: "Grace Smith",
    isOnList: (password: string) => password === "password1",
  };
  test.each([
    ["", "password-missing"],
    ["1234567", "password-too-short"],
    ["💙💙💙💙💙💙💙", "password-too-short"],
    ["a".repeat(129), "password-too-long"],
    ["correct\0horse battery", "password-malformed"],
    ["password1", "password-common"],
    ["PassWord1", "password-common"],
    ["zzzzzzzzzzzz", "password-common"],
    ["my Latchkey for today", "password-holds-site-name"],
    ["xx anna.smith@example.com xx", "password-holds-email"],
    ["anna.smith and nobody else", "password-holds-email"],
    ["annasmith-2026", "password-holds-email"],
    ["grace2026!", "password-holds-name"],
  ])("%j is refused: %s", (password, reason) => expect(passwordProblem(password, context)).toBe(reason));

  test.each([
    "susannahs garden fence",
    "amazing grace how sweet",
    "        ",
    "пароль для замка",
    "كلمة مرور طويلة",
    "💙🧡💙🧡💙🧡💙🧡",
    "ab".repeat(64),
    " keeps its blanks ",
  ])("%j is taken or refused for what it is, never for its alphabet", (password) => {
    const problem = passwordProblem(password, context);
    expect(problem).toBe(password.trim() === "" ? "password-common" : undefined);
  });

  test("counts characters after NFKC", () =>
    // One ligature of eighteen letters: long enough only because it is taken apart.
    expect(passwordProblem("\ufdfa", context)).toBeUndefined());

  test("short words of the address and the name say nothing", () =>
    expect(
      passwordProblem("joe likes long walks", { ...context, email: "joe@example.com", name: "Joe" }),
    ).toBeUndefined());
});

test("a used link says so, even when it is over as well", () => {
  const now = new Date("2026-01-01T00:00:00Z");
  expect(linkState(undefined, now)).toBe("unknown");
  const createdAt = before(now, 1);
  expect(linkState({ createdAt, expiresAt: after(now, 1), usedAt: null }, now)).toBe("live");
  expect(linkState({ createdAt, expiresAt: now, usedAt: null }, now)).toBe("expired");
  expect(linkState({ createdAt, expiresAt: now, usedAt: now }, now)).toBe("used");
  // Ended, and a clock that is behind.
  expect(linkState({ createdAt, expiresAt: createdAt, usedAt: null }, before(now, 2))).toBe("expired");
});

test.each([
  ["emoji", "🗝️".repeat(64)],
  ["letters with their accents apart", "crème brûlée à l'été déjà ".repeat(5).slice(0, 128).normalize("NFD")],
  ["blanks at both ends", "  eleven quiet ferries  "],
])("whatever may be chosen as a password is let through whole to be compared: %s", (_, password) => {
  expect(passwordShapeProblem(password)).toBeUndefined();
  const form = new FormData();
  form.set("current", password);
  expect(parseForm(form, { current: currentPasswordField })).toEqual({
    ok: true,
    data: { current: password },
  });
});

describe("bad input gets a message at its field", () => {
  const fields = {
    name: nameField,
    email: emailField,
    password: newPasswordField,
    current: currentPasswordField,
  };
  const bad: [string, (form: FormData, name: string) => void][] = [
    ["missing", () => {}],
    ["empty", (form, name) => form.set(name, "")],
    ["10,000 characters", (form, name) => form.set(name, "x".repeat(10_001))],
    ["twice", (form, name) => ["a@example.com", "b@example.com"].map((value) => form.append(name, value))],
    ["a file", (form, name) => form.set(name, new File(["x"], "x"))],
  ];
  for (const field of Object.keys(fields) as (keyof typeof fields)[]) {
    test.each(bad)(`${field}: %s`, (_, fill) => {
      const form = new FormData();
      fill(form, field);
      const parsed = parseForm(form, { [field]: fields[field] });
      expect(parsed.ok).toBe(false);
      const key = parsed.ok ? undefined : parsed.errors[field];
      expect(catalogues.account).toHaveProperty([key ?? ""]);
    });
  }
  test.each([
    ["name", "a\0b"],
    ["name", "  \t "],
    ["name", "Ann\u202Egpj"],
    ["email", "ann\0@example.com"],
    ["email", "   "],
    ["password", "correct\0horse battery"],
  ] as const)("%s: %j", (field, value) => {
    const form = new FormData();
    form.set(field, value);
    const parsed = parseForm(form, { [field]: fields[field] });
    expect(parsed.ok).toBe(false);
  });
  test.each(["Анна Ахматова", "محمد علي", "李小龍", "Ann 💙", "O’Brien-Smith"])("%s is a name", (name) => {
    const form = new FormData();
    form.set("name", name);
    expect(parseForm(form, { name: nameField })).toEqual({ ok: true, data: { name } });
  });
});
