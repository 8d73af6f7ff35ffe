import type { SentCode } from "@/lib/codes";
import type { FailureReason, MessageState } from "@/lib/delivery";
import { after } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";

/** What is known of the newest message of a code. */
export type MessageFacts = {
  readonly channel: "text" | "voice";
  readonly state: MessageState;
  /** Why it failed, or why the last try did. */
  readonly reason: FailureReason | null;
  readonly sentAt: Date;
  readonly deliveredAt: Date | null;
};

/** How far a message is, as a person is told. */
export type Stage = "trying" | "sent" | "accepted" | "delivered" | "failed";

/** What is said of a message now. */
export type Line = {
  readonly channel: "text" | "voice";
  readonly stage: Stage;
  /** Of a failure. */
  readonly reason: FailureReason | undefined;
  readonly sentAt: Date;
  /** Nothing will be added to it: no look again is worth it. */
  readonly isSettled: boolean;
  /** The next best way is offered first. */
  readonly offersOther: boolean;
  /** It takes longer than such a message usually does. */
  readonly isLate: boolean;
};

const stages: Record<MessageState, Stage> = {
  queued: "trying",
  "handed-over": "sent",
  accepted: "accepted",
  delivered: "delivered",
  failed: "failed",
  expired: "failed",
};

/** The newest code of a page: by which letter it is told from others, and what is said of its message. */
export type CodeLine = { readonly letter: string; readonly line: Line };

/**
 * What is said of a code that was sent; undefined where none was. A message that was swept is as old as its code, and
 * nothing more is known of it.
 */
export function lineOfCode(code: SentCode | null | undefined, now: Date): CodeLine | undefined {
  if (code == null) return undefined;
  const message: MessageFacts = {
    channel: code.channel === "voice" ? "voice" : "text",
    state: (code.state ?? "handed-over") as MessageState,
    reason: code.reason as FailureReason | null,
    sentAt: new Date(code.messageAt ?? code.sentAt),
    deliveredAt: code.deliveredAt === null ? null : new Date(code.deliveredAt),
  };
  return { letter: code.letter, line: lineOf(message, now) };
}

/**
 * What happened to a message. Delivered and failed are ends. The next best way is offered 20 s after sending without
 * word of a delivery, and at once when it failed.
 */
export function lineOf(message: MessageFacts, now: Date): Line {
  const stage = stages[message.state];
  const isSettled = stage === "delivered" || stage === "failed";
  const usual = numbers.delivery.expectedWithin[message.channel];
  return {
    channel: message.channel,
    stage,
    reason: stage === "failed" ? (message.reason ?? "expired") : undefined,
    sentAt: message.sentAt,
    isSettled,
    offersOther: stage === "failed" || (!isSettled && now >= after(message.sentAt, numbers.line.offerAfter)),
    isLate: !isSettled && now >= after(message.sentAt, usual),
  };
}

/** Milliseconds until the module may look again; null when nothing will be added. */
export function lookAgainAfter(line: Line, now: Date): number | null {
  if (line.isSettled) return null;
  const { every, calmAfter, calmEvery } = numbers.line.look;
  return now < after(line.sentAt, calmAfter) ? every : calmEvery;
}

/** A way to get a code that could be next, masked. */
export type OtherWay =
  | { readonly kind: "phone"; readonly id: string; readonly channel: "text" | "voice" }
  | { readonly kind: "app"; readonly id: string }
  | { readonly kind: "recovery-codes" };

/** The next best way: a call with the same code, another method of the account by its id, or the recovery codes. */
export type Offer =
  | { readonly kind: "call" }
  | { readonly kind: "method"; readonly id: string }
  | { readonly kind: "recovery-codes" };

// A call to the same phone cannot do better where the phone or the number itself is the trouble.
const callIsNoHelp: readonly FailureReason[] = ["unreachable", "unknown-number", "country-off"];

/**
 * The next best way after a code that has not come: a call with the same code, where the text and not the phone is the
 * trouble; else the app, which needs no network; else another phone; else a call after all; else the recovery codes.
 */
export function nextBest(
  line: Pick<Line, "channel" | "reason">,
  others: readonly OtherWay[],
): Offer | undefined {
  const call: Offer = { kind: "call" };
  const isText = line.channel === "text";
  if (isText && !(line.reason !== undefined && callIsNoHelp.includes(line.reason))) return call;
  const app = others.find(({ kind }) => kind === "app");
  const way = app ?? others.find(({ kind }) => kind === "phone");
  if (way !== undefined && way.kind !== "recovery-codes") return { kind: "method", id: way.id };
  if (isText && line.reason !== "unknown-number") return call;
  return others.some(({ kind }) => kind === "recovery-codes") ? { kind: "recovery-codes" } : undefined;
}
