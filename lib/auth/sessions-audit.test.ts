import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

/**
 * The bypass audit: every way to a session that there is, with the reason of each place in a file, in its order. Whoever
 * adds one adds it here, and says why it is safe; a call that is not listed fails the check, be it the second one in its
 * file (AT-001 to AT-006, AT-075, AT-095, AT-130).
 */
const ways: readonly {
  readonly name: string;
  readonly pattern: RegExp;
  readonly at: Readonly<Record<string, readonly string[]>>;
}[] = [
  {
    name: "a session cookie is set, where it is not the end of a sign-in",
    // Called, handed on or given another name.
    pattern: /\badmit(?=\(|\)| as\b)/,
    at: {
      "app/account/confirm/actions.ts": [
        "beginProof() proved the session of this browser; its token changes",
        "proveByPasskey() did, likewise",
      ],
      "app/account/confirm/two-step/actions.ts": [
        "answerProof() proved the session of this browser; its token changes",
      ],
      "app/account/security/setup/actions.ts": ["finish() turned it on; the token of this session changes"],
      "app/account/security/turn-off/actions.ts": [
        "turnOff() turned it off; the token of this session changes",
      ],
      "app/account/settings/password/actions.ts": ["changePassword(); the token of this session changes"],
      "lib/auth/guards.ts": ["where it stands"],
    },
  },
  {
    name: "a sign-in ends",
    pattern: /\b(finishSignIn|endOfSignIn)(?=\(|\)| as\b)/,
    at: {
      "lib/auth/end-of-sign-in.ts": ["where it stands"],
      "app/(signed-out)/sign-in/finish.ts": [
        "finishSignIn(), where it stands",
        "in it, and for actions only",
      ],
      "app/(signed-out)/sign-in/post.ts": ["begin() said that nothing is left to ask"],
      "app/(signed-out)/sign-in/two-step/post.ts": ["answer() used the second step up, a code"],
      "app/(signed-out)/sign-in/actions.ts": ["signInByPasskey() took a passkey that checked who is there"],
      "app/(signed-out)/sign-in/two-step/actions.ts": ["answer() used the second step up, a passkey"],
    },
  },
  {
    name: "next-auth makes a session cookie",
    pattern: /\bsessionCookie(?=\(|\)| as\b)/,
    at: {
      "lib/auth/session-cookie.ts": ["where it stands"],
      "lib/auth/guards.ts": ["in admit(), and nowhere else"],
      "lib/auth/end-of-sign-in.ts": ["for what a flow admitted"],
    },
  },
  {
    name: "a ticket is minted",
    pattern: /\bmintTicket(?=\(|\)| as\b)/,
    at: {
      "lib/auth/ticket.ts": ["where it stands"],
      "lib/auth/session-cookie.ts": ["for the request of its next line"],
    },
  },
  {
    name: "next-auth is asked without the comparison that keeps forged requests out",
    pattern: /\bskipCSRFCheck\b/,
    at: {
      "lib/auth/session-cookie.ts": ["imported", "for a request that this site made itself, of a ticket"],
    },
  },
  {
    name: "next-auth signs in",
    pattern: /\bsignIn\(\s*["'`]/,
    at: {},
  },
  {
    name: "a session row is written",
    pattern: /INSERT\s+INTO\s+"Session"|\bsession\.(create|createMany|createManyAndReturn|upsert)\(/,
    at: { "lib/sign-in/store/admissions.ts": ["in the one statement that uses the last proof up"] },
  },
  {
    name: "somebody is let in at the support desk, which is no session",
    pattern: /INSERT\s+INTO\s+"DeskSession"|\bdeskSession\.(create|createMany|createManyAndReturn|upsert)\(/,
    at: { "lib/sign-in/store/desk.ts": ["in the one statement that uses the second step up (at-desk.ts)"] },
  },
  {
    name: "an access pass is looked at",
    pattern: /readCookie\("access-pass"\)/,
    at: {
      "app/access-pass/actions.ts": [
        "an app's key is begun by it: it adds one method, and gives nobody a session",
        "a phone is begun by it",
        "the answer makes it a method, and spends the pass",
        "the code is sent again",
      ],
      "app/access-pass/opened.ts": ["for the pages of the set-up by it"],
    },
  },
  {
    name: "a session gets another token",
    pattern: /UPDATE\s+"Session"(?:(?!WHERE)[^`])*"tokenHash"|\bsession\.update(Many)?\([^)]*tokenHash/,
    at: {
      "lib/sessions/store.ts": ["rotateSession()"],
      "lib/sign-in/store/proofs.ts": ["proveSession(), with the proof"],
    },
  },
  {
    name: "rotateSession is called",
    pattern: /\brotateSession\(/,
    at: {
      "lib/sessions/store.ts": ["where it stands"],
      "lib/accounts/settings/flow.ts": ["a changed password; this session only"],
      "lib/security/flow.ts": ["turned off; this session only"],
      "lib/setup/finish.ts": [
        "turned on; this session only",
        "the last button was pressed twice; this session only",
      ],
    },
  },
  {
    name: "a session is admitted by the statements of a sign-in",
    pattern: /\b(admitWithoutSecondStep|admitWithSecondStep|admitWithPasskey|proveSession|finishProof)\(/,
    at: {
      "lib/sign-in/store/admissions.ts": [
        "where it stands: nothing is left to ask",
        "where it stands: the second step",
        "where it stands: a passkey",
      ],
      "lib/sign-in/store/proofs.ts": ["where it stands: proveSession()"],
      "lib/sign-in/flow.ts": ["begin", "answer"],
      "lib/sign-in/proofs.ts": [
        "beginProof: the password alone, where nothing more is asked",
        "answerProof: after judgeAnswer, and only then",
        "where it stands: finishProof()",
        "in finishProof(), and nowhere else",
      ],
      "lib/sign-in/by-passkey.ts": [
        "signInByPasskey: after judgePasskey, and only then",
        "proveByPasskey, likewise",
      ],
    },
  },
  {
    name: "a passkey counts as both steps, which it does only with user verification (AT-091)",
    pattern: /\baloneRefusal\(/,
    at: {
      "lib/sign-in/rules.ts": ["where it stands"],
      "lib/sign-in/by-passkey.ts": ["in judgePasskey(), before anything is granted"],
    },
  },
  {
    name: "the session cookie is read",
    pattern: /\b(readCookie|cookie)\("session"\)/,
    at: {
      "lib/auth/guards.ts": ["currentSession(), the one guard", "peekSession(), which writes nothing"],
      "app/(signed-out)/sign-in/post.ts": ["the session that ends when another begins, by a password"],
      "app/(signed-out)/sign-in/two-step/post.ts": ["likewise, by a code"],
      "app/(signed-out)/sign-in/actions.ts": ["by a passkey"],
      "app/(signed-out)/sign-in/two-step/actions.ts": ["by a passkey as the second step"],
      "app/account/sign-out/actions.ts": ["the session that ends"],
    },
  },
  {
    name: "the session cookie is written otherwise than by next-auth",
    pattern:
      /(writeCookie|clearCookie)\(\s*"session"|name: "session",\s*value|value(: \w+)?,\s*name: "session"/,
    at: { "lib/auth/session-cookie.ts": ["what next-auth made, in the one table of cookies"] },
  },
  {
    name: "a request's Authorization header is looked at (AT-064)",
    pattern: /\bauthorization\b/i,
    at: {
      "lib/door/rules.ts": ["the owner's token for the figures at /api/health, which opens nothing else"],
      "lib/delivery/providers/twilio.ts": ["a header that the site sends, never one that it reads"],
      "lib/kernel/provider-settings.ts": ["in the words about a header that the site sends to a gateway"],
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
    const everywhere = new RegExp(pattern.source, `${pattern.flags}g`);
    const found = files.flatMap(({ path, text }) => {
      const count = text.match(everywhere)?.length ?? 0;
      return count === 0 ? [] : [[path, count]];
    });
    const listed = Object.entries(at).map(([path, reasons]) => [path, reasons.length]);
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(listed));
  });
});

test("nothing of the site imports what only tests may use (AT-142)", () => {
  const importing = files.filter(({ text }) => /from "[^"]*(\/test-[a-z]|\.test"|@\/e2e\/)/.test(text));
  expect(importing.map(({ path }) => path)).toEqual([]);
});

test("the credentials provider takes one thing, a ticket, and there is no other provider (AT-130)", () => {
  const homes = files.filter(
    ({ text }) => /providers\/credentials|\bproviders\b/.test(text) && /@auth|next-auth/.test(text),
  );
  expect(homes.map(({ path }) => path)).toEqual(["lib/auth/session-cookie.ts"]);
  const text = code("lib/auth/session-cookie.ts");
  expect(text.match(/(next-auth|@auth\/core)\/providers\/\w+/g)).toEqual([
    "@auth/core/providers/credentials",
  ]);
  expect(text).toMatch(/credentials: \{ ticket: \{\} \}/);
});
