import { beforeEach, expect, test, vi } from "vitest";

const names = [
  "session",
  "attempt",
  "access-pass",
  "devices",
  "sign-up",
  "recovery",
  "asked-for",
  "signed-out",
  "language",
  "csrf",
  "callback",
] as const;

const load = async (siteUrl: string) => {
  vi.resetModules();
  (globalThis as { latchkeySettings?: unknown }).latchkeySettings = {
    siteUrl,
    isProductionPosture: siteUrl.startsWith("https:"),
  };
  return import("./cookie-values");
};

beforeEach(() => {
  (globalThis as { latchkeySettings?: unknown }).latchkeySettings = undefined;
});

test.each(names)(
  "on https %s is __Host-, Secure, HttpOnly, for the whole site and for no domain (AT-063)",
  async (name) => {
    const { cookieName, cookieOptions } = await load("https://account.example.com");
    expect(cookieName(name)).toBe(`__Host-latchkey.${name}`);
    expect(cookieOptions(name)).toMatchObject({ httpOnly: true, secure: true, path: "/" });
    expect(cookieOptions(name)).not.toHaveProperty("domain");
    expect(cookieOptions(name).sameSite).toBe(["attempt", "access-pass"].includes(name) ? "strict" : "lax");
  },
);

test("on http, where no browser would keep them, the same cookies have neither prefix nor Secure", async () => {
  const { cookieName, cookieOptions } = await load("http://localhost:3000");
  expect(cookieName("session")).toBe("latchkey.session");
  expect(cookieOptions("session")).toMatchObject({ httpOnly: true, secure: false });
});

test("the door takes signed-out away under the name and with the attributes of the table (AT-063)", async () => {
  const { signedOutSaid } = await import("@/lib/door/rules");
  for (const siteUrl of ["https://account.example.com", "http://localhost:3000"]) {
    const { cookieName, cookieOptions } = await load(siteUrl);
    const asked = { method: "GET", path: "/sign-in", cookies: `${cookieName("signed-out")}=yes` };
    const line = signedOutSaid(asked, 200, new URL(siteUrl)) ?? "";
    expect(line.startsWith(`${cookieName("signed-out")}=;`)).toBe(true);
    const { secure } = cookieOptions("signed-out");
    expect(line.split("; ").slice(1).sort()).toEqual(
      ["Path=/", "HttpOnly", "SameSite=Lax", "Max-Age=0", ...(secure ? ["Secure"] : [])].sort(),
    );
  }
});

test("the door writes asked-for under the name and with the attributes of the table (AT-063)", async () => {
  const { askedForCookie } = await import("@/lib/door/rules");
  for (const siteUrl of ["https://account.example.com", "http://localhost:3000"]) {
    const { cookieName, cookieOptions } = await load(siteUrl);
    const line = askedForCookie("/account/settings", new URL(siteUrl));
    const { maxAge, secure } = cookieOptions("asked-for");
    expect(line.startsWith(`${cookieName("asked-for")}=`)).toBe(true);
    expect(line.split("; ").slice(1).sort()).toEqual(
      ["Path=/", "HttpOnly", "SameSite=Lax", `Max-Age=${maxAge}`, ...(secure ? ["Secure"] : [])].sort(),
    );
  }
});
