import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

/**
 * The bypass audit: every way to a session that there is. Whoever adds one adds it here, and says why it is safe; a call
 * that is not listed fails the check (AT-001 to AT-006, AT-075, AT-095, AT-130).
 */
const ways: readonly {
  readonly name: string;
  readonly pattern: RegExp;
  readonly at: Readonly<Record<string, string>>;
}[] = [
  {
    name: "a session cookie is set",
    pattern: /\bawait admit\(/,
    at: {
      "app/(signed-out)/sign-in/actions.ts":
        "begin() said that nothing is left to ask; signInByPasskey() took a passkey that checked who is there",
      "app/(signed-out)/sign-in/two-step/actions.ts": "answer() used the second step up, a code or a passkey",
      "app/account/confirm/actions.ts":
        "beginProof() or proveByPasskey() proved the session of this browser; its token changes",
      "app/account/confirm/two-step/actions.ts":
        "answerProof() proved the session of this browser; its token changes",
      "app/account/security/setup/actions.ts": "finish() turned it on; the token of this session changes",
      "app/account/security/turn-off/actions.ts":
        "turnOff() turned it off; the token of this session changes",
      "app/account/settings/password/actions.ts": "changePassword(); the token of this session changes",
    },
  },
  {
    name: "a ticket is minted",
    pattern: /\bmintTicket\(/,
    at: { "lib/auth/ticket.ts": "where it stands", "lib/auth/guards.ts": "in admit(), and nowhere else" },
  },
  {
    name: "next-auth signs in",
    pattern: /\bsignIn\(\s*["'`]/,
    at: { "lib/auth/guards.ts": "in admit(), with the ticket" },
  },
  {
    name: "a session row is written",
    pattern: /INSERT INTO "Session"|\bsession\.(create|createMany|createManyAndReturn|upsert)\(/,
    at: { "lib/sign-in/store/admissions.ts": "in the one statement that uses the last proof up" },
  },
  {
    name: "somebody is let in at the support desk, which is no session",
    pattern: /INSERT INTO "DeskSession"|\bdeskSession\.(create|createMany|createManyAndReturn|upsert)\(/,
    at: { "lib/sign-in/store/desk.ts": "in the one statement that uses the second step up (at-desk.ts)" },
  },
  {
    name: "an access pass is looked at",
    pattern: /readCookie\("access-pass"\)/,
    at: {
      "app/access-pass/actions.ts": "adds one method by it, and gives nobody a session",
      "app/access-pass/opened.ts": "for the pages of the set-up by it",
    },
  },
  {
    name: "a session gets another token",
    pattern: /UPDATE "Session"[^`]*"tokenHash"|\bsession\.update(Many)?\([^)]*tokenHash/,
    at: {
      "lib/sessions/store.ts": "rotateSession()",
      "lib/sign-in/store/proofs.ts": "proveSession(), with the proof",
    },
  },
  {
    name: "rotateSession is called",
    pattern: /\brotateSession\(/,
    at: {
      "lib/sessions/store.ts": "where it stands",
      "lib/accounts/settings/flow.ts": "a changed password; this session only",
      "lib/security/flow.ts": "turned off; this session only",
      "lib/setup/finish.ts": "turned on; this session only",
    },
  },
  {
    name: "a session is admitted by the statements of a sign-in",
    pattern: /\b(admitWithoutSecondStep|admitWithSecondStep|admitWithPasskey|proveSession)\(/,
    at: {
      "lib/sign-in/store/admissions.ts": "where they stand: whoever is let in",
      "lib/sign-in/store/proofs.ts": "where it stands: proveSession()",
      "lib/sign-in/flow.ts": "begin, answer",
      "lib/sign-in/proofs.ts": "finishProof, of beginProof and answerProof",
      "lib/sign-in/by-passkey.ts": "signInByPasskey, proveByPasskey: after judgePasskey, and only then",
    },
  },
  {
    name: "a passkey counts as both steps, which it does only with user verification (AT-091)",
    pattern: /\baloneRefusal\(/,
    at: {
      "lib/sign-in/rules.ts": "where it stands",
      "lib/sign-in/by-passkey.ts": "in judgePasskey(), before anything is granted",
    },
  },
  {
    name: "the session cookie is read",
    pattern: /readCookie\("session"\)/,
    at: {
      "lib/auth/guards.ts": "currentSession(), the one guard",
      "app/(signed-out)/sign-in/actions.ts": "the session that ends when another begins",
      "app/(signed-out)/sign-in/two-step/actions.ts": "the session that ends when another begins",
      "app/account/sign-out/actions.ts": "the session that ends",
    },
  },
  {
    name: "the session cookie is written otherwise than by next-auth",
    pattern: /(writeCookie|clearCookie)\(\s*"session"/,
    at: {},
  },
  {
    name: "a request's Authorization header is looked at (AT-064)",
    pattern: /["'`]authorization["'`]/i,
    at: {
      "lib/kernel/provider-settings.ts": "a header that the site sends to a gateway, never one that it reads",
    },
  },
  {
    name: "a session is asked of next-auth, which may answer with an object that is none (GHSA-8fpg-xm3f-6cx3)",
    pattern: /\bnextAuth\.auth\(|\bgetServerSession\(|\bgetToken\(/,
    at: {},
  },
];

const root = process.cwd();

const isOfTests = (name: string): boolean => /^test-|\.test\.tsx?$/.test(name);

function* sources(folder: string): Generator<string> {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`;
    if (path === "lib/db/generated") continue;
    if (entry.isDirectory()) yield* sources(path);
    else if (/\.(ts|tsx|mjs)$/.test(entry.name) && !isOfTests(entry.name)) yield path;
  }
}

// Comments may speak of anything; calls may not.
const code = (path: string): string =>
  readFileSync(join(root, path), "utf8")
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/^\s*\/\/.*$/gm, "");

const files = [
  ...sources("app"),
  ...sources("components"),
  ...sources("lib"),
  ...sources("prisma"),
  "server.ts",
].map((path) => ({ path, text: code(path) }));

describe("every way to a session is on the list", () => {
  test.each(ways)("$name", ({ pattern, at }) => {
    const found = files.filter(({ text }) => pattern.test(text)).map(({ path }) => path);
    expect(found.sort()).toEqual(Object.keys(at).sort());
  });
});

test("nothing of the site imports what only tests may use (AT-142)", () => {
  const importing = files.filter(({ text }) => /from "[^"]*(\/test-[a-z]|\.test"|@\/e2e\/)/.test(text));
  expect(importing.map(({ path }) => path)).toEqual([]);
});

test("the credentials provider takes one thing, a ticket, and there is no other provider (AT-130)", () => {
  const text = code("lib/auth/next-auth.ts");
  expect(text.match(/next-auth\/providers\/\w+/g)).toEqual(["next-auth/providers/credentials"]);
  expect(text).toMatch(/credentials: \{ ticket: \{\} \}/);
});
