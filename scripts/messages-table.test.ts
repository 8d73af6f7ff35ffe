import { expect, test } from "vitest";
import type { DeliveryFigures } from "@/lib/delivery";
import { messagesTable } from "./messages-table";

const figures = { days: 7, waiting: 0, oldestSeconds: 0, resting: [], messages: [] };

test("the owner reads per country and provider what was sent, what arrived, what failed why, and what it cost", () => {
  const messages: DeliveryFigures["messages"] = [
    {
      channel: "text",
      country: "GB",
      provider: "twilio",
      sent: 1204,
      delivered: 1190,
      confirmed: 1101,
      waiting: 0,
      failed: { landline: 2, unreachable: 12 },
      cost: { USD: "48.160000" },
    },
    {
      channel: "email",
      country: null,
      provider: null,
      sent: 0,
      delivered: 0,
      confirmed: 0,
      waiting: 3,
      failed: {},
      cost: {},
    },
  ];
  expect(messagesTable({ ...figures, waiting: 3, oldestSeconds: 41, messages })).toBe(
    `Messages of the last 7 days

channel  country  provider  sent  delivered  confirmed  waiting  failed                      cost
text     GB       twilio    1204       1190       1101        0  unreachable 12, landline 2  48.16 USD
email                          0          0          0        3

3 wait; the oldest for 41 s.`,
  );
});

test("without messages it says so", () => {
  expect(messagesTable({ ...figures, days: 1 })).toBe("No messages in the last day.");
});
