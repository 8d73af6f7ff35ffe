import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { startRounds } from "./rounds";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("each round runs at once and then in its own time", async () => {
  const quick = vi.fn(async () => {});
  const slow = vi.fn(async () => {});
  const rounds = startRounds(
    [
      { name: "quick", every: 1_000, run: quick },
      { name: "slow", every: 10_000, run: slow },
    ],
    vi.fn(),
  );
  expect([quick.mock.calls.length, slow.mock.calls.length]).toEqual([1, 1]);
  await vi.advanceTimersByTimeAsync(10_500);
  expect([quick.mock.calls.length, slow.mock.calls.length]).toEqual([11, 2]);
  await rounds.stop();
});

test("a round that takes longer than its period does not overlap itself", async () => {
  let underWay = 0;
  let most = 0;
  const run = vi.fn(async () => {
    underWay += 1;
    most = Math.max(most, underWay);
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    underWay -= 1;
  });
  const rounds = startRounds([{ name: "long", every: 1_000, run }], vi.fn());
  await vi.advanceTimersByTimeAsync(20_500);
  expect(most).toBe(1);
  expect(run).toHaveBeenCalledTimes(4);
  const stopped = rounds.stop();
  await vi.advanceTimersByTimeAsync(5_000);
  await stopped;
});

test("one that fails goes on, stops no other, and is reported once until it has worked again, with the codes of its cause and without its words", async () => {
  // As the database's client wraps a full disk (53100).
  const secret = Object.assign(new TypeError("ann@example.com"), {
    code: "P2010",
    meta: { driverAdapterError: { cause: { originalCode: "53100" } } },
  });
  const outcomes = [secret, secret, undefined, "not even an error"];
  const failing = vi.fn(async () => {
    const outcome = outcomes.shift();
    if (outcome !== undefined) throw outcome;
  });
  const sound = vi.fn(async () => {});
  const warn = vi.fn();
  const rounds = startRounds(
    [
      { name: "failing", every: 1_000, run: failing },
      { name: "sound", every: 1_000, run: sound },
    ],
    warn,
  );
  await vi.advanceTimersByTimeAsync(4_500);
  expect(failing).toHaveBeenCalledTimes(5);
  expect(sound).toHaveBeenCalledTimes(5);
  expect(warn.mock.calls.map(([facts]) => facts)).toEqual([
    { round: "failing", name: "TypeError", codes: ["P2010", "53100"], at: expect.any(Array) },
    { round: "failing", name: "string", codes: [], at: [] },
  ]);
  expect(JSON.stringify(warn.mock.calls)).not.toMatch(/ann@|not even/);
  await rounds.stop();
});

test("stopping tells what is under way, waits for it, and starts nothing more", async () => {
  let finish = () => {};
  let wasTold: boolean | undefined;
  const run = vi.fn(async (isStopping: () => boolean) => {
    await new Promise<void>((resolve) => {
      finish = resolve;
    });
    wasTold = isStopping();
  });
  const rounds = startRounds([{ name: "under way", every: 1_000, run }], vi.fn());
  let hasStopped = false;
  const stopped = rounds.stop().then(() => {
    hasStopped = true;
  });
  await vi.advanceTimersByTimeAsync(5_000);
  expect(hasStopped).toBe(false);
  finish();
  await stopped;
  expect(wasTold).toBe(true);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(run).toHaveBeenCalledTimes(1);
});
