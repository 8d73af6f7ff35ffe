import { expect, test } from "vitest";
import { proofAsked } from "./rules";

const phone = (id: string, isRetiring = false) => ({
  id,
  kind: "phone",
  position: 1,
  livesOn: "",
  isRetiring,
});
const app = (id: string, livesOn = "") => ({ id, kind: "app", position: 0, livesOn });
const passkey = (id: string, livesOn = "") => ({ id, kind: "passkey", position: 2, livesOn });

const asked = (methods: Parameters<typeof proofAsked>[0], gone?: string, avoid: string | null = null) =>
  proofAsked(methods, { gone, avoid })?.id;

test("a fresh proof asks the strongest method, and another one than what is to be removed, as far as there is one", () => {
  const methods = [app("a"), passkey("k"), phone("p")];
  expect(asked(methods)).toBe("k");
  expect(asked(methods, undefined, "k")).toBe("a");
  expect(asked([app("a")], undefined, "a")).toBe("a");
});

test("before a phone is suspended nothing that is kept on it is asked, however strong; what may be on it only last", () => {
  const methods = [app("a", "p"), passkey("k", "p"), phone("p"), phone("q")];
  expect(asked(methods, "p")).toBe("q");
  expect(asked([...methods, app("b")], "p")).toBe("q");
  expect(asked([...methods, app("b", "own")], "p")).toBe("b");
  expect(asked([app("a", "p"), phone("p"), app("b")], "p")).toBe("b");
  expect(asked([phone("p"), phone("old", true), app("b")], "p")).toBe("b");
});

test("where everything is on that phone no method is asked, so that a recovery code can be", () => {
  expect(asked([app("a", "p"), phone("p")], "p")).toBeUndefined();
});
