import { TableList } from "@/components/ui/table-list";
import { Time } from "@/components/ui/time";
import { type EventRow, eventReason, eventSentence } from "@/lib/activity";
import { words } from "@/lib/words";

type EventTableProps = {
  events: readonly EventRow[];
  /** What and when alone, for a page where events are one thing of many. */
  isBrief?: boolean;
};

/** What happened to an account, one event a row, each with its reason where it has one. */
export function EventTable({ events, isBrief = false }: EventTableProps) {
  const t = words("activity");
  return (
    <TableList
      caption={t("heading")}
      columns={[
        { key: "what", label: t("column.what") },
        { key: "when", label: t("column.when") },
        ...(isBrief
          ? []
          : [
              { key: "browser", label: t("column.browser") },
              { key: "address", label: t("column.address") },
            ]),
      ]}
      rows={events.map((event) => ({
        id: event.id,
        cells: {
          what: <What event={event} />,
          when: <Time at={event.at} />,
          browser: event.browser || t("browser.unknown"),
          address: event.address,
        },
      }))}
      empty={t("empty")}
    />
  );
}

function What({ event }: { event: EventRow }) {
  const reason = eventReason(event);
  return (
    <>
      {eventSentence(event)}
      {reason === undefined ? null : <div className="quiet">{reason}</div>}
    </>
  );
}
