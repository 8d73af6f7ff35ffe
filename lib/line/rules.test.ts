import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { FailureReason, MessageState } from "@/lib/delivery";
import { after, seconds } from "@/lib/kernel/durations";
import { lineText, lookAgainAfter, nextBest, type OtherWay } from ".";
import { lineOf, type MessageFacts } from "./rules";

const sentAt = new Date("2026-11-24T10:32:01Z");
const facts = (rest: Partial<MessageFacts> = {}): MessageFacts => ({
  channel: "text",
  state: "accepted",
  reason: null,
  sentAt,
  deliveredAt: null,
  ...rest,
});
const at = (rest: Partial<MessageFacts>, wait = seconds(3)) => lineOf(facts(rest), after(sentAt, wait));
const said = (rest: Partial<MessageFacts>, wait?: number) => lineText(at(rest, wait), { lastDigits: "42" });

describe("the line", () => {
  test.each([
    ["queued", {}, "trying", false],
    ["handed-over", {}, "sent", false],
    ["accepted", {}, "accepted", false],
    ["delivered", {}, "delivered", true],
    ["failed", { reason: "landline" }, "failed", true],
    ["expired", {}, "failed", true],
  ] as [MessageState, Partial<MessageFacts>, string, boolean][])(
    "%s is told as %o",
    (state, rest, stage, isSettled) => {
      expect(at({ state, ...rest })).toMatchObject({ stage, isSettled });
    },
  );

  test("the next best way is offered after 20 s without word, at once when it failed, and never once delivered", () => {
    expect(at({}, seconds(20) - 1).offersOther).toBe(false);
    expect(at({}, seconds(20)).offersOther).toBe(true);
    expect(at({ state: "failed", reason: "unreachable" }, 0).offersOther).toBe(true);
    expect(at({ state: "delivered" }, seconds(600)).offersOther).toBe(false);
  });

  test("the module looks every two seconds, then more seldom, and not at what is settled", () => {
    const look = (state: MessageState, wait: number) => lookAgainAfter(at({ state }), after(sentAt, wait));
    expect(look("accepted", seconds(5))).toBe(seconds(2));
    expect(look("accepted", seconds(60))).toBe(seconds(5));
    expect(look("delivered", seconds(5))).toBeNull();
  });
});

describe("its words", () => {
  test("are those of the issue: texted when, to where, how far", () => {
    expect(said({})).toMatch(
      /^Texted at 10:32:01 UTC to the number ending 42\. Your carrier has it\. It usually takes less than 20 seconds\.$/,
    );
    expect(said({ state: "delivered" })).toBe("Texted at 10:32:01 UTC to the number ending 42. Delivered.");
    expect(said({ state: "failed", reason: "landline" })).toBe(
      "Texted at 10:32:01 UTC to the number ending 42. It could not be delivered: this looks like a landline. We can call you.",
    );
    expect(said({}, seconds(25))).toContain("longer than the 20 seconds");
    expect(lineText(at({ channel: "voice" }), { number: "+1 907 555 0103" })).toContain(
      "Called at 10:32:01 UTC: +1 907 555 0103. Your phone is ringing.",
    );
  });

  test("are there for every failure, in both channels, and none of them blames the person", () => {
    const reasons: FailureReason[] = [
      ...(["unknown-number", "landline", "unreachable", "blocked", "line-busy", "unanswered"] as const),
      ...(["unknown-address", "mailbox-full", "try-later", "country-off", "carrier-refused"] as const),
      ...(["busy", "no-answer", "misconfigured", "unreadable", "no-channel", "expired"] as const),
    ];
    for (const reason of reasons)
      for (const channel of ["text", "voice"] as const)
        expect(said({ channel, state: "failed", reason })).toMatch(/It could not be delivered: \S.{10,}\.$/);
  });
});

describe("the next best way", () => {
  const app: OtherWay = { kind: "app", id: "app" };
  const phone: OtherWay = { kind: "phone", id: "phone", channel: "voice" };
  const codes: OtherWay = { kind: "recovery-codes" };
  const text = (reason?: FailureReason) => ({ channel: "text", reason }) as const;
  const voice = { channel: "voice", reason: undefined } as const;
  test.each([
    ["a late text", text(), [app], { kind: "call" }],
    ["a landline", text("landline"), [app], { kind: "call" }],
    ["an unreachable phone", text("unreachable"), [phone, app], { kind: "method", id: "app" }],
    ["an unreachable phone, no app", text("unreachable"), [codes, phone], { kind: "method", id: "phone" }],
    ["an unreachable phone and nothing else", text("unreachable"), [], { kind: "call" }],
    ["a number that does not exist", text("unknown-number"), [codes], { kind: "recovery-codes" }],
    ["a number that does not exist and nothing else", text("unknown-number"), [], undefined],
    ["a call that does not come", voice, [phone], { kind: "method", id: "phone" }],
    ["a call that does not come, nothing else", voice, [codes], { kind: "recovery-codes" }],
  ] as const)("%s", (_name, line, others, expected) => {
    expect(nextBest(line, others)).toEqual(expected);
  });

  test("is never a way that the account does not have", () => {
    const way = fc.constantFrom(app, phone, codes);
    fc.assert(
      fc.property(fc.uniqueArray(way), fc.constantFrom("text", "voice"), (others, channel) => {
        const offer = nextBest({ channel: channel as "text" | "voice", reason: "unreachable" }, others);
        if (offer?.kind === "method") expect(others.some((o) => "id" in o && o.id === offer.id)).toBe(true);
        if (offer?.kind === "call") expect(channel).toBe("text");
      }),
    );
  });
});
