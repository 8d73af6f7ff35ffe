import { expect, test } from "vitest";
import { median, percentile, steadyRate, table } from "./figures";

test("a percentile is a value of the sample, whatever its order", () => {
  const hundred = Array.from({ length: 100 }, (_, place) => 100 - place);
  expect(percentile(hundred, 0.99)).toBe(99);
  expect(median(hundred)).toBe(50);
  expect(percentile([7], 0.99)).toBe(7);
  expect(percentile([], 0.5)).toBeNaN();
});

test("the rate leaves out the beginning and the end, where fewer are under way", () => {
  // Two at a time, 100 ms each, then one straggler of a whole second.
  const spans = [0, 0, 100, 100, 200, 200, 300].map((from) => ({ from, to: from + 100 }));
  expect(steadyRate([...spans, { from: 300, to: 1300 }], 2)).toBe(20);
});

test("the table says which figures were missed, and only tells those that nobody wants", () => {
  const text = table([
    { figure: "a", wanted: "< 2", measured: "1", isReached: true },
    { figure: "b", wanted: "< 2", measured: "3", isReached: false },
    { figure: "c", measured: "4" },
  ]);
  expect(text.split("\n").map((line) => line.split("|").at(-2)?.trim())).toEqual([
    "",
    "--------",
    "ok",
    "missed",
    "",
  ]);
});
