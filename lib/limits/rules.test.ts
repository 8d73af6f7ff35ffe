import { expect, it } from "vitest";
import { addressBucket } from "@/lib/kernel/address";
import { addressBudget } from "./rules";

const budgetOf = (address: string, isDemonstration: boolean) =>
  addressBudget("mail", addressBucket(address), { max: 10, window: 1000 }, { isDemonstration, widening: 100 })
    .max;

it.each([
  ["127.0.0.1", true, 1000],
  ["::1", true, 1000],
  ["::ffff:127.0.0.1", true, 1000],
  ["192.0.2.7", true, 10],
  ["2001:db8::1", true, 10],
  ["127.0.0.1", false, 10],
  ["::1", false, 10],
])("from %s, in the demonstration: %s, a budget of 10 is %i", (address, isDemonstration, max) => {
  expect(budgetOf(address, isDemonstration)).toBe(max);
});
