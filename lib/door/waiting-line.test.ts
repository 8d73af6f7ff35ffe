import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { WaitingLine, waitsInLine } from "./waiting-line";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const settled = () => vi.advanceTimersByTimeAsync(0);

test("who signs in waits in line, and who is signed in does not", () => {
  for (const path of ["/sign-in", "/sign-in/two-step", "/sign-in/two-step/other"])
    expect(waitsInLine(path)).toBe(true);
  for (const path of ["/account", "/sign-in-help", "/sign-up", "/api/line/two-step", "/"])
    expect(waitsInLine(path)).toBe(false);
});

test("so many are inside at a time, and the others come in in the order in which they came", async () => {
  const line = new WaitingLine(2, 1000);
  const order: number[] = [];
  const leaves = new Map<number, () => void>();
  for (const number of [1, 2, 3, 4])
    void line.enter().then((leave) => {
      order.push(number);
      leaves.set(number, leave);
    });
  await settled();
  expect(order).toEqual([1, 2]);
  leaves.get(2)?.();
  leaves.get(2)?.(); // said twice, given back once
  await settled();
  expect(order).toEqual([1, 2, 3]);
  leaves.get(1)?.();
  await settled();
  expect(order).toEqual([1, 2, 3, 4]);
});

test("one that takes long gives its place back after a moment, so that a slow provider holds nobody up", async () => {
  const line = new WaitingLine(1, 250);
  await line.enter();
  let isIn = false;
  void line.enter().then(() => {
    isIn = true;
  });
  await vi.advanceTimersByTimeAsync(249);
  expect(isIn).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect(isIn).toBe(true);
});

test("while somebody passes by, those in line come in one by one; when they are through, as many as before", async () => {
  const line = new WaitingLine(2, 1000);
  const through = [line.pass(), line.pass()];
  const leaves: (() => void)[] = [];
  for (let number = 0; number < 4; number += 1) void line.enter().then((leave) => leaves.push(leave));
  await settled();
  expect(leaves).toHaveLength(1);
  leaves[0]?.();
  await settled();
  expect(leaves).toHaveLength(2);
  through[0]?.();
  through[0]?.();
  await settled();
  expect(leaves).toHaveLength(2);
  through[1]?.();
  await settled();
  expect(leaves).toHaveLength(3);
});

test("who passes by for long holds those in line up for a moment only", async () => {
  const line = new WaitingLine(2, 250);
  line.pass();
  let inside = 0;
  for (let number = 0; number < 2; number += 1) void line.enter().then(() => (inside += 1));
  await vi.advanceTimersByTimeAsync(249);
  expect(inside).toBe(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(inside).toBe(2);
});

test("a line that is full keeps nobody: the next one is let in to be told so", async () => {
  const line = new WaitingLine(1, 60_000);
  await line.enter();
  let waited = 0;
  for (let waiting = 0; waiting < 512; waiting += 1) void line.enter().then(() => (waited += 1));
  let isIn = false;
  void line.enter().then(() => {
    isIn = true;
  });
  await settled();
  expect(isIn).toBe(true);
  expect(waited).toBe(0);
});
