import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { catalogues } from "@/lib/words";
import {
  approveRefusal,
  type CaseFacts,
  carryOutRefusal,
  caseRefusal,
  isRequestKind,
  maskedAddress,
  maskedCase,
  maskedFacts,
  passForReading,
  plainJson,
  plainLines,
  plainText,
  type RequestFacts,
  readPass,
  requestKinds,
  requestState,
} from "./rules";

const now = new Date("2026-11-24T10:00:00Z");
const later = new Date("2026-11-25T10:00:00Z");
const waiting: RequestFacts = {
  accountId: "person",
  requesterId: "sam",
  approverId: null,
  expiresAt: later,
  approvedAt: null,
  carriedOutAt: null,
  endedAt: null,
};
const approved = { ...waiting, approverId: "kim", approvedAt: now };

describe("two pairs of eyes", () => {
  test.each([
    ["by another agent", waiting, "kim", undefined],
    ["by who asked for it", waiting, "sam", "own-request"],
    ["by whom it is about", waiting, "person", "own-account"],
    ["a second time", approved, "kim", "already-approved"],
    ["by a third agent after the second", approved, "lee", "already-approved"],
    ["after it was refused", { ...waiting, endedAt: now }, "kim", "ended"],
    ["after a day", { ...waiting, expiresAt: now }, "kim", "expired"],
    ["after it was carried out", { ...approved, carriedOutAt: now }, "kim", "carried-out"],
    ["that is not there", undefined, "kim", "no-request"],
  ] as const)("approving %s", (_what, request, agent, why) => {
    expect(approveRefusal(request, agent, now)).toBe(why);
  });

  test.each([
    ["after another said yes", approved, "sam", undefined],
    ["before anybody did", waiting, "sam", "not-approved"],
    ["by who approved it", approved, "kim", "others-request"],
    ["by a third", approved, "lee", "others-request"],
    ["after it was refused", { ...approved, endedAt: now }, "sam", "ended"],
    ["a second time", { ...approved, carriedOutAt: now }, "sam", "carried-out"],
    ["after a day", { ...approved, expiresAt: now }, "sam", "expired"],
    ["that is not there", undefined, "sam", "no-request"],
  ] as const)("carrying out %s", (_what, request, agent, why) => {
    expect(carryOutRefusal(request, agent, now)).toBe(why);
  });

  test("whatever a request looks like, nobody may both approve it and carry it out", () => {
    const moment = fc.option(fc.constantFrom(now, later), { nil: null });
    const who = fc.constantFrom("sam", "kim", "person");
    fc.assert(
      fc.property(
        fc.record({
          accountId: fc.constant("person"),
          requesterId: who,
          approverId: fc.option(who, { nil: null }),
          expiresAt: fc.constantFrom(now, later),
          approvedAt: moment,
          carriedOutAt: moment,
          endedAt: moment,
        }),
        who,
        (request, agent) => {
          const may = [approveRefusal(request, agent, now), carryOutRefusal(request, agent, now)];
          expect(may.filter((why) => why === undefined).length).toBeLessThan(2);
          if (may[0] === undefined) expect(agent).not.toBe(request.requesterId);
          if (may[1] === undefined) expect(request.approvedAt).not.toBeNull();
        },
      ),
    );
  });

  test("a request is in one state, and what is over stays over", () => {
    expect(requestState(waiting, now)).toBe("waiting");
    expect(requestState(waiting, later)).toBe("expired");
    expect(requestState({ ...approved, endedAt: now }, later)).toBe("ended");
  });
});

test("no kind of request takes protection away, and each has its words", () => {
  for (const kind of requestKinds) expect(Object.keys(catalogues.desk)).toContain(`what.${kind}`);
  for (const kind of ["turn-off", "remove-method", "password", "constructor", "__proto__", ""])
    expect(isRequestKind(kind)).toBe(false);
});

const collecting: CaseFacts = { accountId: "person", state: "collecting", proofs: ["password"] };
test.each([
  ["support-check", collecting, undefined],
  ["support-check", { ...collecting, proofs: ["support"] }, "recovery-already"],
  ["support-check", { ...collecting, state: "unnoticed" }, "recovery-already"],
  ["support-check", { ...collecting, state: "ready" }, "recovery-already"],
  ["support-check", { ...collecting, state: "stopped" }, "no-recovery"],
  ["support-check", { ...collecting, accountId: "other" }, "no-recovery"],
  ["support-check", undefined, "no-recovery"],
  ["recovery-stop", collecting, undefined],
  ["recovery-stop", { ...collecting, state: "waiting" }, undefined],
  ["recovery-stop", { ...collecting, state: "finished" }, "no-recovery"],
  ["recovery-stop", { ...collecting, accountId: "other", state: "waiting" }, "no-recovery"],
] as const)("a %s goes to one case only: %o", (kind, recovery, why) => {
  expect(caseRefusal(kind, recovery, "person")).toBe(why);
});

test("half a case number is shown where it must not be copied from", () => {
  expect(maskedCase("K7F2-9QXM")).toBe("K7F2-…");
  expect(maskedFacts({ case: "K7F2-9QXM" }, String)).toEqual({ case: "K7F2-…" });
});

test.each([
  ["203.0.113.7", "203.0.x.x"],
  ["2001:db8:1:2::3", "2001:db8:x"],
  ["", ""],
  ["not an address", ""],
])("of the network address %s an agent sees %s", (address, shown) => {
  expect(maskedAddress(address)).toBe(shown);
});

test("no event shows a whole mail address, whichever fact holds it", () => {
  const mask = (email: string) => `${email[0]}…${email.slice(email.lastIndexOf("@"))}`;
  const facts = {
    email: "ann@example.com",
    note: "to ann@example.com now",
    masked: "a…@example.com",
    left: 3,
  };
  expect(maskedFacts(facts, mask)).toEqual({
    email: "a…@example.com",
    note: "to a…@example.com now",
    masked: "a…@example.com",
    left: 3,
  });
});

test("what somebody else wrote moves nothing on the terminal", () => {
  expect(plainText("Chrome\u001b[2J\u202e x\n")).toBe("Chrome [2J  x ");
  expect(plainText("one\u2028two\u2029three\u009b2J")).toBe("one two three 2J");
  expect(plainLines("one\ntwo\r\u001bthree")).toBe("one\ntwo  three");
});

test("as JSON it moves nothing either, and is the same data", () => {
  const data = { note: "a\u009b2J\u202eb\u2028c\n\u{e0041}d", list: [1] };
  const text = plainJson(data);
  expect(text.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  expect(JSON.parse(text)).toEqual(data);
});

test("a pass is read however it was typed, and anything else is none", () => {
  expect(readPass(" k7f2-qx3m ta6w")).toEqual(["K7F2QX3MTA6W"]);
  expect(readPass("\u2066K7F2\u2014QX3M.TA60\u2069")).toEqual(["K7F2QX3MTA6O"]);
  expect(readPass("K7F2-QX3M-TA61")).toEqual(["K7F2QX3MTA6I", "K7F2QX3MTA6L"]);
  for (const text of ["", "K7F2", "K7F2-QX3M-TA6W-X", "K7F2-QX3M-TA6!", "Ⅷ".repeat(12)])
    expect(readPass(text)).toEqual([]);
  fc.assert(
    fc.property(fc.stringMatching(/^[A-Z2-7]{12}$/), (pass) => {
      expect(readPass(passForReading(pass).toLowerCase())).toEqual([pass]);
    }),
  );
});
