import { LinkButton } from "@/components/ui/button";
import { Time, timeText } from "@/components/ui/time";
import { type EventRow, eventReason, eventSentence } from "@/lib/activity";
import { whereText } from "@/lib/places";
import { words } from "@/lib/words";

/** The newest events, each with its moment, for a page where they are one thing of many. */
export function EventList({ events }: { events: readonly EventRow[] }) {
  const t = words("activity");
  if (events.length === 0) return <p className="quiet">{t("empty")}</p>;
  return (
    <ol className="events">
      {events.map((event) => (
        <li className="event" key={event.id}>
          <div>
            <p className="event-what">{eventSentence(event)}</p>
            <p className="event-fact">
              <Time at={event.at} />
            </p>
          </div>
        </li>
      ))}
    </ol>
  );
}

/** A page of the log: a list a day, each event with why, when and from where, and a way to say "not me". */
export function EventDays({ events, empty }: { events: readonly EventRow[]; empty?: string }) {
  const t = words("activity");
  if (events.length === 0) return <p className="quiet">{empty ?? t("empty")}</p>;
  return byDay(events).map(([day, ofDay]) => (
    <section className="event-day" key={day} aria-labelledby={`day-${day}`}>
      <h2 id={`day-${day}`}>
        <Time at={new Date(day)} detail="day" />
      </h2>
      <ol className="events">
        {ofDay.map((event) => (
          <EventItem key={event.id} event={event} />
        ))}
      </ol>
    </section>
  ));
}

function EventItem({ event }: { event: EventRow }) {
  const t = words("activity");
  const reason = eventReason(event);
  return (
    <li className="event">
      <div>
        <p className="event-what">{eventSentence(event)}</p>
        {reason === undefined ? null : <p className="event-fact">{reason}</p>}
        <p className="event-fact">
          <Time at={event.at} detail="clock" /> · <Where {...event} />
        </p>
      </div>
      <LinkButton
        variant="link"
        href={`/account/activity/${event.id}`}
        about={t("notMe.about", { what: eventSentence(event), when: timeText(event.at) })}
      >
        {t("notMe")}
      </LinkButton>
    </li>
  );
}

/** A browser and where it was: the place where one is known, and always the address. */
export function Where({ browser, address }: { browser: string; address: string }) {
  return (
    <>
      <bdi>{browser || words("activity")("browser.unknown")}</bdi> · <bdi>{whereText(address)}</bdi>
    </>
  );
}

/** Events of one day together, in their order; a day is one of UTC, like every moment the site tells. */
function byDay(events: readonly EventRow[]): [string, EventRow[]][] {
  const days: [string, EventRow[]][] = [];
  for (const event of events) {
    const day = event.at.toISOString().slice(0, 10);
    const last = days.at(-1);
    if (last?.[0] === day) last[1].push(event);
    else days.push([day, [event]]);
  }
  return days;
}
