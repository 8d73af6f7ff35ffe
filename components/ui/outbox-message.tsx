import type { ReactNode } from "react";
import { Time } from "./time";

type ColumnProps = { heading: string; empty?: ReactNode; children?: ReactNode };

/** The phone and the mailbox of the demonstration, side by side where there is room. */
export function OutboxBoard({ children }: { children: ReactNode }) {
  return <div className="outbox">{children}</div>;
}

/** A phone, with its messages newest first. */
export function Phone({ heading, empty, children }: ColumnProps) {
  return (
    <section className="phone" aria-label={heading}>
      <h2>{heading}</h2>
      <ol className="phone-screen">{children}</ol>
      {empty ? <p className="quiet">{empty}</p> : null}
    </section>
  );
}

/** A mailbox, with its mails newest first. */
export function Mailbox({ heading, empty, children }: ColumnProps) {
  return (
    <section className="mailbox" aria-label={heading}>
      <h2>{heading}</h2>
      <ol className="mailbox-list">{children}</ol>
      {empty ? <p className="quiet">{empty}</p> : null}
    </section>
  );
}

type MessageBubbleProps = {
  channel: "text" | "voice";
  /** What to call the channel ("Text message", "Voice call"). */
  channelLabel: string;
  to: string;
  at: Date;
  body: string;
  /** The site's own origin: only links that lead there can be followed. */
  origin: string;
};

/** A text message, or what a voice call said. */
export function MessageBubble({ channel, channelLabel, to, at, body, origin }: MessageBubbleProps) {
  return (
    <li className={`bubble bubble-${channel}`}>
      <p className="bubble-head">
        <span>{channelLabel}</span> <bdi>{to}</bdi>
      </p>
      <p className="bubble-body" dir="auto">
        {linked(body, origin)}
      </p>
      <p className="bubble-time">
        <Time at={at} />
      </p>
    </li>
  );
}

type MailCardProps = { to: string; subject: string; at: Date; body: string; origin: string };

/** A mail. The links in it that lead to `origin`, this site itself, can be followed, as in a real mailbox. */
export function MailCard({ to, subject, at, body, origin }: MailCardProps) {
  return (
    <li className="mail">
      <h3 dir="auto">{subject}</h3>
      <p className="mail-head">
        <bdi>{to}</bdi> <Time at={at} />
      </p>
      <p className="mail-body" dir="auto">
        {linked(body, origin)}
      </p>
    </li>
  );
}

/** The text with its addresses of this site as links; a full stop after an address is not part of it. */
function linked(text: string, origin: string): ReactNode[] {
  return text.split(/(https?:\/\/[^\s<>"]*[^\s<>".,;:!?)])/).map((part, place) =>
    place % 2 === 1 && URL.canParse(part) && new URL(part).origin === origin ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a text have no other name and never move
      <a key={place} href={part}>
        {part}
      </a>
    ) : (
      part
    ),
  );
}
