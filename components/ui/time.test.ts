import { expect, test } from "vitest";
import { after, hours, minutes } from "@/lib/kernel/durations";
import { untilText } from "./time";

const now = new Date("2026-11-24T20:51:00Z");

test("when something can be tried again is the time alone, and with its day where that could be taken for today's", () => {
  expect(untilText(after(now, minutes(5)), now)).toBe("20:56 UTC");
  expect(untilText(after(now, hours(11)), now)).toBe("07:51 UTC");
  expect(untilText(after(now, hours(24)), now)).toBe("25 Nov 2026, 20:51 UTC");
  expect(untilText(undefined, now)).toBe("");
});
