import { expect, test } from "vitest";
import { expiry, restoration, suspension, tickedAtFirst } from "./rules";

const there = { isThere: true, isProof: false };
const some = { methods: 1, recoveryCodes: 0 };

test("a phone is suspended by the proof of something else, while anything is left", () => {
  expect(suspension(there, some)).toBeUndefined();
  expect(suspension(there, { methods: 0, recoveryCodes: 1 })).toBeUndefined();
  expect(suspension({ ...there, isProof: true }, some)).toBe("prove-another");
});

test("the last way in is never suspended, whatever proved it", () => {
  for (const isProof of [false, true])
    expect(suspension({ isThere: true, isProof }, { methods: 0, recoveryCodes: 0 })).toBe("last");
  expect(suspension({ isThere: false, isProof: false }, some)).toBe("not-there");
});

test("a proof that came by a way back in suspends nothing yet", () => {
  expect(suspension({ ...there, isHeld: true }, some)).toBe("held");
});

test("the old number of a change is not suspended by what is younger than it, and that is said where nothing graver is", () => {
  const changing = { ...there, isChanging: true };
  expect(suspension(changing, some)).toBe("number-changing");
  expect(suspension({ ...changing, isProof: true }, some)).toBe("prove-another");
  expect(suspension({ ...changing, isHeld: true }, some)).toBe("held");
  expect(suspension(changing, { methods: 0, recoveryCodes: 0 })).toBe("last");
});

test("what was suspended comes back by something in force or a recovery code, never by itself", () => {
  expect(restoration(2, "app", ["app"])).toBeUndefined();
  expect(restoration(2, null, [])).toBeUndefined();
  expect(restoration(2, "phone", ["app"])).toBe("prove-another");
  expect(restoration(0, "app", ["app"])).toBe("not-there");
});

test("what may be on the phone goes along unless its owner says no: not what they used just now, and never the last way in", () => {
  const none = { methods: 0, recoveryCodes: 0 };
  expect(tickedAtFirst(["app", "key"], null, some)).toEqual(["app", "key"]);
  expect(tickedAtFirst(["app", "key"], "key", none)).toEqual(["app"]);
  expect(tickedAtFirst(["app"], null, { methods: 0, recoveryCodes: 1 })).toEqual(["app"]);
  expect(tickedAtFirst(["app", "key"], null, none)).toEqual([]);
  expect(tickedAtFirst(["app"], "other", none)).toEqual([]);
});

test("what is suspended goes after its days only where another method, or the password alone, lets its owner in", () => {
  expect(expiry({ isTwoStepOn: true, methodsLeft: 1 })).toBe("remove");
  expect(expiry({ isTwoStepOn: true, methodsLeft: 0 })).toBe("keep");
  expect(expiry({ isTwoStepOn: false, methodsLeft: 0 })).toBe("remove");
});
