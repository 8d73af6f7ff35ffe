import { words } from "@/lib/words";
import { csvLine } from "./rules";
import { eventMethod, eventReason, eventSentence } from "./sentences";
import type { EventRow } from "./store";

/** The two shapes in which the log can be taken away. */
export const exportFormats = ["csv", "json"] as const;
export type ExportFormat = (typeof exportFormats)[number];

type Told = {
  readonly time: string;
  readonly what: string;
  readonly why: string;
  readonly method: string;
  readonly browser: string;
  readonly address: string;
  readonly place: string;
};

const told = (event: EventRow, placeOf: (address: string) => string | undefined): Told => ({
  time: event.at.toISOString(),
  what: eventSentence(event),
  why: eventReason(event) ?? "",
  method: eventMethod(event) ?? "",
  browser: event.browser,
  address: event.address,
  place: placeOf(event.address) ?? "",
});

/** Events as the text of a file, piece by piece. CSV begins with the mark by which spreadsheets know UTF-8. */
export async function* exportText(
  format: ExportFormat,
  batches: AsyncIterable<readonly EventRow[]>,
  placeOf: (address: string) => string | undefined,
): AsyncGenerator<string> {
  const t = words("activity");
  if (format === "csv") {
    yield `\uFEFF${csvLine([
      t("column.time"),
      t("column.what"),
      t("column.why"),
      t("column.method"),
      t("column.browser"),
      t("column.address"),
      t("column.place"),
    ])}`;
    for await (const events of batches)
      yield events
        .map((event) => told(event, placeOf))
        .map(({ time, what, why, method, browser, address, place }) =>
          csvLine([time, what, why, method, browser, address, place]),
        )
        .join("");
    return;
  }
  yield "[";
  let comma = "\n";
  for await (const events of batches) {
    yield events
      .map((event) => {
        const text = `${comma}${JSON.stringify({ kind: event.kind, ...told(event, placeOf) })}`;
        comma = ",\n";
        return text;
      })
      .join("");
  }
  yield "\n]\n";
}
