import { LinkButton } from "@/components/ui/button";
import { TableList } from "@/components/ui/table-list";
import { Time, timeText } from "@/components/ui/time";
import { type EventRow, eventReason, eventSentence } from "@/lib/activity";
import { placeOf } from "@/lib/places";
import { words } from "@/lib/words";

type EventTableProps = {
  events: readonly EventRow[];
  /** What and when alone, for a page where events are one thing of many. */
  isBrief?: boolean;
  /** What to say when there are none of the kind that was asked for. */
  empty?: string;
};

/** What happened to an account, one event a row, each with its reason where it has one and a way to say "not me". */
export function EventTable({ events, isBrief = false, empty }: EventTableProps) {
  const t = words("activity");
  return (
    <TableList
      caption={t("heading")}
      columns={[
        { key: "what", label: t("column.what") },
        { key: "when", label: t("column.when") },
        ...(isBrief ? [] : [{ key: "where", label: t("column.where") }]),
      ]}
      actionLabel={isBrief ? undefined : t("column.action")}
      rows={events.map((event) => ({
        id: event.id,
        cells: {
          what: <What event={event} />,
          when: <Time at={event.at} />,
          where: <Where {...event} />,
        },
        action: (
          <LinkButton
            variant="link"
            href={`/account/activity/${event.id}`}
            about={t("notMe.about", { what: eventSentence(event), when: timeText(event.at) })}
          >
            {t("notMe")}
          </LinkButton>
        ),
      }))}
      empty={empty ?? t("empty")}
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

/** A browser and where it was: the place where one is known, and always the address. */
export function Where({ browser, address }: { browser: string; address: string }) {
  const place = placeOf(address);
  return (
    <>
      {browser || words("activity")("browser.unknown")}
      <div className="quiet">{place === undefined ? address : `${place}, ${address}`}</div>
    </>
  );
}
