import fc from "fast-check";
import { expect, test } from "vitest";
import { after } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import { Breaker } from "./breaker";
import { htmlOf } from "./letter";
import { NoAnswerError } from "./provider";
import {
  backoff,
  countryOf,
  type FailureReason,
  failures,
  isSilence,
  type ReportedState,
  statesBefore,
} from "./rules";

const states: readonly ReportedState[] = ["handed-over", "accepted", "delivered", "failed"];
const reasons = Object.keys(failures) as FailureReason[];
const now = new Date("2026-11-24T10:00:00Z");

test("whatever reports come in whatever order, a message only goes forward and stays where it ended", () => {
  const rank = { queued: 0, "handed-over": 1, accepted: 2, delivered: 3, failed: 3, expired: 3 };
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...states)), (reports) => {
      let state: keyof typeof rank = "queued";
      for (const report of reports) {
        const next: keyof typeof rank = statesBefore(report).includes(state) ? report : state;
        expect(rank[next]).toBeGreaterThanOrEqual(rank[state]);
        if (rank[state] === 3) expect(next).toBe(state);
        state = next;
      }
    }),
  );
});

test("a wait is never shorter than its place in the table and at most a quarter longer", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 500 }),
      fc.constantFrom(...reasons),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (tries, reason, luck) => {
        const least = backoff(tries, reason, 0);
        const wait = backoff(tries, reason, luck);
        if (least === undefined) expect(wait).toBeUndefined();
        else {
          expect(wait).toBeGreaterThanOrEqual(least);
          expect(wait).toBeLessThanOrEqual(Math.ceil(least * 1.25));
        }
      },
    ),
  );
});

test("a full mailbox is tried less and less often and then given up; a provider's trouble is waited out", () => {
  expect(backoff(1, "mailbox-full", 0)).toBe(5_000);
  expect(backoff(6, "mailbox-full", 0)).toBe(3_600_000);
  expect(backoff(numbers.delivery.maxTries, "mailbox-full", 0)).toBeUndefined();
  expect(backoff(60, "no-answer", 0)).toBe(60_000);
  expect(backoff(5_000, "no-answer", 0)).toBe(600_000);
});

test("a number tells its country, and one of no country tells none", () => {
  expect(countryOf("+442079460958")).toBe("GB");
  expect(countryOf("+19075550101")).toBe("US");
  expect(countryOf("+870773111632")).toBeNull();
});

test("a provider rests after five troubles in a row, and one message tries it afterwards", () => {
  const breaker = new Breaker();
  const { troubles, rest } = numbers.delivery.breaker;
  for (let count = 1; count <= troubles; count += 1) {
    expect(breaker.take(now)).toBe(true);
    expect(breaker.wasInTrouble(now)).toBe(count === troubles);
  }
  expect(breaker.readiness(now)).toBe("resting");
  expect(breaker.take(after(now, rest - 1))).toBe(false);
  expect(breaker.readiness(after(now, rest))).toBe("one-try");
  expect([breaker.take(after(now, rest)), breaker.take(after(now, rest))]).toEqual([true, false]);
  expect(breaker.wasInTrouble(after(now, rest))).toBe(false);
  expect(breaker.take(after(now, rest + 1))).toBe(false);
  expect(breaker.take(after(now, 2 * rest))).toBe(true);
  breaker.answered();
  expect(breaker.readiness(after(now, 2 * rest))).toBe("ready");
});

test("troubles that are not in a row do not add up, and a try that never ended does not block for ever", () => {
  const breaker = new Breaker();
  const { troubles, rest } = numbers.delivery.breaker;
  for (let count = 0; count < 10; count += 1) {
    breaker.wasInTrouble(now);
    if (count % 2 === 1) breaker.answered();
  }
  expect(breaker.readiness(now)).toBe("ready");
  for (let count = 0; count < troubles; count += 1) breaker.wasInTrouble(now);
  expect(breaker.take(after(now, rest))).toBe(true); // and whoever took it died
  expect(breaker.take(after(now, 2 * rest))).toBe(true);
});

test("the HTML of a mail has the same words as its text, links where there are any, and nothing from elsewhere", () => {
  const text =
    'Hello <b> & "you".\n\nOpen this link:\nhttps://account.example.com/reset?a=1&b=2.\n\nBye (http://localhost:3000/sign-in).';
  const html = htmlOf('A "subject" <x>', text, "en");
  const read = html
    .slice(html.indexOf("<body"))
    .replace(/<\/p>\s*/g, "\n\n")
    .replace(/<br>\n/g, "\n")
    .replace(/<[^>]*>/g, "")
    .replace(/&#(\d+);/g, (_whole, code: string) => String.fromCharCode(Number(code)))
    .trim();
  expect(read).toBe(text);
  expect(html.match(/href="[^"]*"/g)).toEqual([
    'href="https://account.example.com/reset?a=1&#38;b=2"',
    'href="http://localhost:3000/sign-in"',
  ]);
  expect(html).not.toMatch(/<img|<link|<style|url\(|src=/i);
});

test.each([
  ["the time was over", new DOMException("late", "TimeoutError")],
  ["the network failed", Object.assign(new TypeError("fetch failed"), { cause: { code: "ECONNREFUSED" } })],
  ["a mail server hung up", Object.assign(new Error("closed"), { code: "ECONNECTION" })],
  ["a provider was in trouble", new NoAnswerError("it answered 503")],
])("%s: that is silence", (_what, error) => expect(isSilence(error)).toBe(true));

test.each([
  ["nothing was there to ask", new TypeError("Cannot read properties of undefined")],
  [
    "an address was none",
    Object.assign(new TypeError("fetch failed"), { cause: { code: "ERR_INVALID_URL" } }),
  ],
  ["it is not configured", new Error("smtp is not configured")],
])("%s: that is a fault of its module", (_what, error) => expect(isSilence(error)).toBe(false));
