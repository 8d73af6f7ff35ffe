import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { type Enrolled, keptOn, type Loss, lockoutMap, lockoutsAfter, placeOf } from ".";
import type { Kept, Verdict } from "./rules";

const phone = (id: string): Kept => ({ id, isPhone: true, place: { kind: "own" } });
const unknown = (id: string): Kept => ({ id, isPhone: false, place: { kind: "unknown" } });
const own = (id: string): Kept => ({ id, isPhone: false, place: { kind: "own" } });
const on = (id: string, methodId: string): Kept => ({
  id,
  isPhone: false,
  place: { kind: "phone", methodId },
});

const nameOf = ({ thing }: Loss): string =>
  thing.kind === "recovery-codes" ? thing.kind : `${thing.kind} ${thing.methodId}`;
const verdicts = (enrolled: Enrolled): Record<string, Verdict> =>
  Object.fromEntries(lockoutMap(enrolled).map((loss) => [nameOf(loss), loss.verdict]));

test.each<[string, Kept[], number, Record<string, Verdict>]>([
  ["an app nobody knows where, and its phone", [unknown("a"), phone("p")], 0, { "phone p": "perhaps" }],
  [
    "the same with recovery codes",
    [unknown("a"), phone("p")],
    10,
    { "phone p": "codes", "recovery-codes": "safe" },
  ],
  ["an app on the phone", [on("a", "p"), phone("p")], 0, { "phone p": "out" }],
  ["an app on a tablet", [own("a"), phone("p")], 0, { "device a": "safe", "phone p": "safe" }],
  ["two phones", [phone("p"), phone("q")], 0, { "phone p": "safe", "phone q": "safe" }],
  [
    "two phones, the app on one",
    [on("a", "p"), phone("p"), phone("q")],
    0,
    { "phone p": "safe", "phone q": "safe" },
  ],
  ["one app", [unknown("a")], 0, { "device a": "out" }],
  ["one app and codes", [unknown("a")], 1, { "device a": "codes", "recovery-codes": "safe" }],
  ["two apps, no phone", [unknown("a"), unknown("b")], 0, { "device a": "perhaps", "device b": "perhaps" }],
  [
    "one app on a tablet, another nobody knows where",
    [own("a"), unknown("b"), phone("p")],
    0,
    { "device a": "safe", "phone p": "safe" },
  ],
  ["one phone", [phone("p")], 0, { "phone p": "out" }],
  ["nothing", [], 0, {}],
])("%s", (_what, methods, recoveryCodesLeft, expected) => {
  expect(verdicts({ methods, recoveryCodesLeft })).toEqual(expected);
});

test("a phone that is no longer a method still is what the app is kept on, and not one of the others", () => {
  expect(placeOf("p", ["q"])).toEqual({ kind: "own" });
  expect(placeOf("q", ["q"])).toEqual({ kind: "phone", methodId: "q" });
  expect(placeOf("own", ["q"])).toEqual({ kind: "own" });
  expect(placeOf("", ["q"])).toEqual({ kind: "unknown" });
});

test("before a removal it says which loss would then lock the person out", () => {
  const enrolled = { methods: [on("a", "p"), phone("p"), phone("q")], recoveryCodesLeft: 0 };
  expect(lockoutsAfter(enrolled, "q").map(nameOf)).toEqual(["phone p"]);
  expect(lockoutsAfter(enrolled, "a")).toEqual([]);
  expect(lockoutsAfter({ ...enrolled, recoveryCodesLeft: 1 }, "q")).toEqual([]);
});

test("a number that goes by itself is no way that is surely left", () => {
  const old: Kept = { ...phone("old"), isRetiring: true };
  expect(lockoutMap({ methods: [phone("new"), old], recoveryCodesLeft: 0 })).toMatchObject([
    { thing: { methodId: "new" }, verdict: "perhaps", ways: [], perhaps: ["old"] },
    { thing: { methodId: "old" }, verdict: "safe", ways: ["new"] },
  ]);
});

test("with a phone goes what is kept on it; of what nobody knows the place of, one asks", () => {
  const methods = [phone("p"), phone("q"), on("a", "p"), on("b", "q"), own("c"), unknown("d")];
  const enrolled = { methods, recoveryCodesLeft: 0 };
  expect(keptOn(enrolled, "p")).toEqual({ surely: ["p", "a"], perhaps: ["d"] });
  expect(keptOn(enrolled, "c")).toEqual({ surely: ["c"], perhaps: ["d"] });
  expect(keptOn(enrolled, "d")).toEqual({ surely: ["d"], perhaps: [] });
  expect(keptOn(enrolled, "nobody's")).toEqual({ surely: [], perhaps: [] });
});

test("an old number whose card may still be in the phone of the new one is asked about; any other number is a phone of its own", () => {
  const methods = [phone("new"), { ...phone("old"), isRetiring: true }, phone("q")];
  expect(keptOn({ methods, recoveryCodesLeft: 0 }, "new")).toEqual({ surely: ["new"], perhaps: ["old"] });
});

const enrolment = fc
  .record({
    kinds: fc.array(fc.constantFrom("phone", "unknown", "own", "on"), { maxLength: 12 }),
    hosts: fc.array(fc.nat(11), { minLength: 12, maxLength: 12 }),
    recoveryCodesLeft: fc.nat(10),
  })
  .map(({ kinds, hosts, recoveryCodesLeft }): Enrolled => {
    const phones = kinds.flatMap((kind, place) => (kind === "phone" ? [`m${place}`] : []));
    const methods = kinds.map((kind, place): Kept => {
      const id = `m${place}`;
      if (kind === "phone") return phone(id);
      const host = phones[(hosts[place] ?? 0) % Math.max(phones.length, 1)];
      if (kind === "on" && host !== undefined) return on(id, host);
      return kind === "unknown" ? unknown(id) : own(id);
    });
    return { methods, recoveryCodesLeft };
  });

const badness: Record<Verdict, number> = { safe: 0, codes: 1, perhaps: 2, out: 3 };

describe("whatever is enrolled", () => {
  it("no line names a way that is lost with its thing, nor one that is not enrolled", () => {
    fc.assert(
      fc.property(enrolment, (enrolled) => {
        for (const { thing, ways, perhaps } of lockoutMap(enrolled)) {
          const named = [...ways, ...perhaps];
          expect(new Set(named).size).toBe(named.length);
          for (const id of named) {
            const method = enrolled.methods.find((candidate) => candidate.id === id);
            expect(method).toBeDefined();
            if (thing.kind === "recovery-codes") continue;
            expect(id).not.toBe(thing.methodId);
            expect(method?.place).not.toEqual({ kind: "phone", methodId: thing.methodId });
          }
          // A sure way is never one that could have been on the lost thing.
          if (thing.kind !== "recovery-codes")
            for (const id of ways)
              expect(enrolled.methods.find((candidate) => candidate.id === id)).not.toMatchObject({
                isPhone: false,
                place: { kind: "unknown" },
              });
        }
      }),
    );
  });

  it("out means that nothing at all is left, and nothing else does", () => {
    fc.assert(
      fc.property(enrolment, (enrolled) => {
        for (const { verdict, ways, perhaps, recoveryCodesLeft } of lockoutMap(enrolled))
          expect(verdict === "out").toBe(ways.length + perhaps.length + recoveryCodesLeft === 0);
      }),
    );
  });

  it("one more method, or one more recovery code, makes no loss worse", () => {
    fc.assert(
      fc.property(enrolment, fc.constantFrom(phone, unknown, own), (enrolled, make) => {
        const before = verdicts(enrolled);
        const more = [
          { ...enrolled, methods: [...enrolled.methods, make("new")] },
          { ...enrolled, recoveryCodesLeft: enrolled.recoveryCodesLeft + 1 },
        ];
        for (const after of more.map(verdicts))
          for (const [thing, verdict] of Object.entries(before))
            if (after[thing] !== undefined)
              expect(badness[after[thing]]).toBeLessThanOrEqual(badness[verdict]);
      }),
    );
  });

  it("every method is in some line's thing, on it or perhaps on it", () => {
    fc.assert(
      fc.property(enrolment, (enrolled) => {
        const map = lockoutMap(enrolled);
        for (const { id } of enrolled.methods)
          expect(map.some(({ thing, ways }) => thing.kind !== "recovery-codes" && !ways.includes(id))).toBe(
            true,
          );
      }),
    );
  });

  it("the order of the methods changes the order of the lines only", () => {
    fc.assert(
      fc.property(enrolment, (enrolled) => {
        const turned = { ...enrolled, methods: [...enrolled.methods].reverse() };
        expect(verdicts(turned)).toEqual(verdicts(enrolled));
      }),
    );
  });

  it("while a recovery code is left, no removal but that of the last method can lock a person out", () => {
    fc.assert(
      fc.property(enrolment, (enrolled) => {
        fc.pre(enrolled.recoveryCodesLeft > 0 && enrolled.methods.length > 1);
        for (const { id } of enrolled.methods) expect(lockoutsAfter(enrolled, id)).toEqual([]);
      }),
    );
  });
});
