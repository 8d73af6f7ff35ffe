import type { DeliveryFigures } from "@/lib/delivery";

const heads = [
  "channel",
  "country",
  "provider",
  "sent",
  "delivered",
  "confirmed",
  "waiting",
  "failed",
  "cost",
];
const isFigure = (column: number): boolean => column >= 3 && column <= 6;

const failedText = (failed: Readonly<Record<string, number>>): string =>
  Object.entries(failed)
    .sort((left, right) => right[1] - left[1] || left[0].localeCompare(right[0]))
    .map(([reason, count]) => `${reason} ${count}`)
    .join(", ");

const costText = (cost: Readonly<Record<string, string>>): string =>
  Object.entries(cost)
    .map(([currency, amount]) => `${Number(amount).toFixed(2)} ${currency}`)
    .join(", ");

/** The figures as a table for a terminal; what a provider has not said is left empty. */
export function messagesTable({ days, waiting, oldestSeconds, messages }: DeliveryFigures): string {
  const time = days === 1 ? "the last day" : `the last ${days} days`;
  if (messages.length === 0) return `No messages in ${time}.`;
  const rows = messages.map((row) => [
    row.channel,
    row.country ?? "",
    row.provider ?? "",
    ...[row.sent, row.delivered, row.confirmed, row.waiting].map(String),
    failedText(row.failed),
    costText(row.cost),
  ]);
  const all = [heads, ...rows];
  const widths = heads.map((_head, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const lines = all.map((row) =>
    row
      .map((cell, column) =>
        isFigure(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join("  ")
      .trimEnd(),
  );
  const queue = waiting === 0 ? "Nothing waits." : `${waiting} wait; the oldest for ${oldestSeconds} s.`;
  return [`Messages of ${time}`, "", ...lines, "", queue].join("\n");
}
