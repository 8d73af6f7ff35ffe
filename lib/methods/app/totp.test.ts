import fc from "fast-check";
import { generateSync } from "otplib";
import { describe, expect, it, test } from "vitest";
import { randomBase32 } from "@/lib/kernel/secrets";
import type { Evidence } from "../method";
import { type AppData, app } from ".";
import { entryUri, judgeCode, stepAt } from "./totp";

const anyText = fc.array(fc.nat(0xffff)).map((units) => String.fromCharCode(...units));

const secret = randomBase32(32);
const now = new Date("2026-11-24T10:32:07Z");
const codeAt = (steps: number): string => generateSync({ secret, epoch: now.getTime() / 1000 + steps * 30 });

const evidence = (counter: bigint | null = null): Evidence<AppData> => ({
  now,
  accountId: "a",
  data: { secret, tag: "K7F2" },
  counter,
  isSentCode: () => false,
  codes: [],
  recoveryCodes: [],
});

describe("exactly one step either side of now is accepted", () => {
  test.each([
    [-7, "wrong"],
    [-6, "expired"],
    [-3, "expired"],
    [-2, "expired"],
    [-1, "right"],
    [0, "right"],
    [1, "right"],
    [2, "wrong"],
    [3, "wrong"],
  ])("%d steps: %s", (steps, is) => {
    expect(judgeCode(secret, codeAt(steps), now, undefined).is).toBe(is);
  });

  it("at both ends of a step", () => {
    for (const millisecond of [0, 29_999]) {
      const moment = new Date(stepAt(now) * 30_000 + millisecond);
      for (const steps of [-1, 0, 1])
        expect(judgeCode(secret, codeAt(steps), moment, undefined).is).toBe("right");
      for (const steps of [-2, 2])
        expect(judgeCode(secret, codeAt(steps), moment, undefined).is).not.toBe("right");
    }
  });
});

describe("the accepted step must be greater than the last one", () => {
  test.each([
    [0, -1, "right"],
    [0, 0, "used"],
    [0, 1, "used"],
    [1, 0, "right"],
    [1, 1, "used"],
    [-1, 0, "used"],
    [0, 50, "used"],
  ])("the code of step %d after step %d: %s", (steps, last, is) => {
    expect(judgeCode(secret, codeAt(steps), now, stepAt(now) + last).is).toBe(is);
  });

  it("hands the accepted step back to be stored", async () => {
    expect(await app.verify(codeAt(1), evidence())).toEqual({
      ok: true,
      value: { counter: BigInt(stepAt(now) + 1) },
    });
    expect(await app.verify(codeAt(1), evidence(BigInt(stepAt(now) + 1)))).toMatchObject({ reason: "used" });
  });
});

it("reads a code as people type it, and calls anything else malformed", async () => {
  const code = codeAt(0);
  const arabic = [...code].map((digit) => String.fromCharCode(0x660 + Number(digit))).join("");
  for (const typed of [
    code,
    `${code.slice(0, 3)} ${code.slice(3)}`,
    `${code.slice(0, 3)}-${code.slice(3)}`,
    arabic,
  ])
    expect((await app.verify(typed, evidence())).ok, typed).toBe(true);
  for (const typed of ["", " ", code.slice(1), `${code}0`, "abcdef", "\u0000", "1".repeat(10_000)])
    expect(await app.verify(typed, evidence())).toMatchObject({ ok: false, reason: "malformed" });
});

it("never throws, whatever is typed and whatever was accepted last, and a wrong code is no success (AT-135)", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(anyText, fc.stringMatching(/^\d{6}$/)),
      fc.option(fc.bigInt({ min: 0n, max: 2n ** 62n })),
      async (answer, counter) => {
        const judged = await app.verify(answer, evidence(counter));
        if (!judged.ok) expect(["malformed", "wrong", "expired", "used"]).toContain(judged.reason);
      },
    ),
    { numRuns: 100 },
  );
});

it("makes a key of 160 bits and a tag of its own each time", () => {
  const made = Array.from({ length: 20 }, () => app.enrol.begin({}));
  for (const begun of made) expect(begun.ok && app.data.safeParse(begun.value).success).toBe(true);
  expect(new Set(made.map((begun) => begun.ok && begun.value.secret)).size).toBe(20);
});

it("gives no two entries of an account the same tag", () => {
  // Half of all tags are taken, so that the generator has to try on about every second time.
  const takenTags = { includes: (tag: string) => tag < "Q" } as unknown as readonly string[];
  for (let n = 0; n < 50; n += 1) {
    const begun = app.enrol.begin({ takenTags });
    expect(begun.ok && begun.value.tag >= "Q").toBe(true);
  }
});

it("names the entry so that every app shows site, address and tag", () => {
  const uri = entryUri({ site: "Latchkey", email: "ann+x@example.com", tag: "K7F2", secret });
  const url = new URL(uri);
  expect(decodeURIComponent(url.pathname.split("/").at(-1) ?? "")).toBe("Latchkey:(ann+x@example.com) K7F2");
  expect(url.searchParams.get("issuer")).toBe("Latchkey");
  expect(url.searchParams.get("secret")).toBe(secret);
});
