import { expect, test } from "vitest";
import { currentLanguage, inLanguage, type Language, languages } from "@/lib/kernel/language";
import { listWords, words } from ".";

const nextTurn = () => new Promise((resolve) => setTimeout(resolve, Math.random() * 4));

test("outside of every request words are English", () => {
  expect(currentLanguage()).toBe("en");
  expect(words("signIn")("title")).toBe("Sign in");
});

test("fifty pieces of work at once, each in its language, never read another's", async () => {
  const work = async (): Promise<Language[]> => {
    const t = words("signIn");
    const titles: string[] = [];
    const seen: Language[] = [];
    for (let turn = 0; turn < 10; turn += 1) {
      await nextTurn();
      await Promise.all([nextTurn(), Promise.resolve().then(nextTurn)]);
      seen.push(currentLanguage());
      titles.push(t("title"));
    }
    expect(new Set(titles).size).toBe(1);
    return seen;
  };
  const asked = Array.from({ length: 50 }, (_, place) => languages[place % languages.length] ?? "en");
  const read = await Promise.all(asked.map((language) => inLanguage(language, work)));
  for (const [place, seen] of read.entries()) expect(new Set(seen)).toEqual(new Set([asked[place]]));
  expect(currentLanguage()).toBe("en");
});

test("work for somebody else ends where it ends: then the language of the request is back", () => {
  inLanguage("de", () => {
    expect(inLanguage("ja", currentLanguage)).toBe("ja");
    expect(inLanguage(null, currentLanguage)).toBe("de");
    expect(inLanguage("xx", currentLanguage)).toBe("de");
    expect(() =>
      inLanguage("fr", () => {
        throw new Error("broken off");
      }),
    ).toThrow();
    expect(currentLanguage()).toBe("de");
  });
});

test("a translation that lags behind its page is said in English and breaks nothing", () => {
  inLanguage("fr", () => words("home")("heading")); // now they are read
  const shared = globalThis as { [key: symbol]: Map<Language, unknown> | undefined };
  const known = shared[Symbol.for("latchkey.translations")];
  const before = known?.get("fr");
  known?.set("fr", { home: { lead: "Connecté : {address}" } });
  inLanguage("fr", () => {
    expect(words("home")("lead", { email: "ann@example.com" })).toBe("Signed in as ann@example.com");
    expect(words("home")("heading")).toBe("Your Account");
  });
  known?.delete("fr");
  if (before !== undefined) known?.set("fr", before);
});

test("lists are joined as each language joins them", () => {
  const things = ["A", "B", "C"];
  expect(listWords(things, "disjunction")).toBe("A, B or C");
  expect(inLanguage("de", () => listWords(things, "disjunction"))).toBe("A, B oder C");
  expect(inLanguage("ja", () => listWords(things, "disjunction"))).toBe("A、B、またはC");
});

test("in Arabic a value is set apart from the sentence around it, and what a machine reads is not", () => {
  inLanguage("ar", () => {
    const lead = words("home")("lead", { email: "+49 151" });
    expect(lead).toContain("\u2068+49 151\u2069");
    const text = words("messages")("code.text", {
      code: "481203",
      site: "Latchkey",
      letter: "A",
      host: "account.example.com",
    });
    expect(text.endsWith("\n\n@account.example.com #481203")).toBe(true);
    const mail = words("messages")("mail.reset-password.body", {
      link: "https://account.example.com/reset-password/x",
      url: "https://account.example.com",
      at: new Date(0),
      address: "192.0.2.1",
      browser: "Chrome",
      site: "Latchkey",
    });
    expect(mail).toContain("\nhttps://account.example.com/reset-password/x");
  });
});

test("digits are the same in every language, because codes and times are compared and typed", () => {
  for (const language of languages)
    inLanguage(language, () => {
      const body = words("messages")("alert.name-changed.body", {
        at: new Date("2026-11-24T10:32:00Z"),
        address: "192.0.2.1",
        browser: "Chrome",
        site: "Latchkey",
        url: "https://account.example.com",
      });
      expect(body).toMatch(/2026/);
      expect(body).toMatch(/10:32/);
      expect(body).toContain("UTC");
      expect(words("ui")("steps", { current: 1, total: 3 })).toMatch(/1[^0-9]*3|3[^0-9]*1/);
    });
});
