import { describe, expect, it } from "vitest";
import { after, before, days, hours } from "@/lib/kernel/durations";
import { changesHeldUntil, removalsHeldUntil } from "./rules";

const now = new Date("2026-11-24T10:00:00Z");

describe("after a recovery", () => {
  it("changes are held for 48 hours and removals for seven days", () => {
    expect(changesHeldUntil(null, now)).toBeUndefined();
    expect(changesHeldUntil(before(now, hours(47)), now)).toEqual(after(now, hours(1)));
    expect(changesHeldUntil(before(now, hours(48)), now)).toBeUndefined();
    expect(removalsHeldUntil(before(now, days(6)), now)).toEqual(after(now, days(1)));
    expect(removalsHeldUntil(before(now, days(7)), now)).toBeUndefined();
  });
});
