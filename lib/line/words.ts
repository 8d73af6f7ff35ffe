import type { FailureReason } from "@/lib/delivery";
import { numbers } from "@/lib/kernel/numbers";
import { type Key, words } from "@/lib/words";
import type { Line } from "./rules";

/** Why a message did not arrive, and what that means. */
const failureKeys = {
  "unknown-number": "failed.unknown-number",
  landline: "failed.landline",
  unreachable: "failed.unreachable",
  blocked: "failed.blocked",
  "line-busy": "failed.line-busy",
  unanswered: "failed.unanswered",
  "unknown-address": "failed.unknown-number",
  "mailbox-full": "failed.unreachable",
  "try-later": "failed.try-later",
  "country-off": "failed.country-off",
  "carrier-refused": "failed.carrier-refused",
  busy: "failed.ours",
  "no-answer": "failed.ours",
  misconfigured: "failed.ours",
  unreadable: "failed.ours",
  "no-channel": "failed.ours",
  expired: "failed.expired",
} satisfies Record<FailureReason, Key<"line">>;

/** How far a message is. A failed one is told by its reason. */
const saidKeys = {
  text: {
    trying: "text.trying",
    sent: "text.sent",
    accepted: "text.accepted",
    delivered: "text.delivered",
    failed: "failed",
  },
  voice: {
    trying: "voice.trying",
    sent: "voice.sent",
    accepted: "voice.accepted",
    delivered: "voice.delivered",
    failed: "failed",
  },
} as const satisfies Record<Line["channel"], Record<Line["stage"], Key<"line">>>;

/**
 * What happened to a message, in one or two sentences: "Texted at 10:32:01 to the number ending 42. Delivered."
 *
 * @param to how the number is shown: its last digits at sign-in, the whole of it to somebody who has just typed it.
 */
export function lineText(
  line: Line,
  to: { readonly lastDigits: string } | { readonly number: string },
): string {
  const t = words("line");
  const values =
    "number" in to ? { whole: "yes", lastDigits: "", ...to } : { whole: "no", number: "", ...to };
  const opening = t(`${line.channel}.opening`, { at: line.sentAt, ...values });
  if (line.reason !== undefined) {
    const why = t("failed", { why: t(failureKeys[line.reason]) });
    return line.channel === "text" && line.reason === "landline"
      ? `${opening} ${why} ${t("failed.weCanCall")}`
      : `${opening} ${why}`;
  }
  if (line.stage === "trying") return `${t(`${line.channel}.trying`, values)} ${waitText(line)}`;
  const said = t(saidKeys[line.channel][line.stage]);
  return line.isSettled ? `${opening} ${said}` : `${opening} ${said} ${waitText(line)}`;
}

/** When to expect it. */
const waitText = ({ channel, isLate }: Line): string =>
  words("line")(isLate ? "late" : "expected", { seconds: numbers.delivery.expectedWithin[channel] / 1000 });
