import { before } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";

/** When the rows of one table go: `keep` milliseconds after the moment in `column`, which has an index. */
export type SweepRule = { readonly table: string; readonly column: string; readonly keep: number };

/**
 * Every table that grows, and when its rows go. The only list of them.
 *
 * What ran out stays a day where a person may still come back to it, so that the answer can be "expired" and not
 * "wrong". A session past its 24 hours is not touched any more, so it goes by its last sight within the hour.
 */
export const sweepRules = [
  { table: "Limit", column: "expiresAt", keep: 0 },
  { table: "Enrolment", column: "expiresAt", keep: 0 },
  { table: "SignInAttempt", column: "expiresAt", keep: numbers.sweep.keepAttempts },
  { table: "SpentChallenge", column: "expiresAt", keep: 0 },
  { table: "Code", column: "expiresAt", keep: numbers.sweep.keepAttempts },
  { table: "MailLink", column: "expiresAt", keep: numbers.sweep.keepAttempts },
  { table: "Session", column: "lastSeenAt", keep: numbers.session.idle },
  { table: "Method", column: "removedAt", keep: numbers.undo.lifetime },
  { table: "Removal", column: "expiresAt", keep: numbers.undo.saidToBeOverFor },
  { table: "Trial", column: "expiresAt", keep: numbers.sweep.keepAttempts },
  { table: "DeskSession", column: "expiresAt", keep: 0 },
  // What two agents did stays as long as the log that names them.
  { table: "DeskRequest", column: "expiresAt", keep: numbers.sweep.keepEvents },
  { table: "AccessPass", column: "expiresAt", keep: numbers.sweep.keepAttempts },
  { table: "Device", column: "lastSeenAt", keep: numbers.trustedDevice.knownFor },
  { table: "Message", column: "createdAt", keep: numbers.delivery.keepFor },
  { table: "Event", column: "at", keep: numbers.sweep.keepEvents },
  { table: "FormerAddress", column: "toldUntil", keep: 0 },
  { table: "FormerToken", column: "rotatedAt", keep: numbers.trustedDevice.lifetime },
  { table: "Recovery", column: "expiresAt", keep: numbers.recovery.keepFor },
  { table: "RecoverySecret", column: "expiresAt", keep: numbers.sweep.keepAttempts },
  { table: "FormerRecoveryCode", column: "replacedAt", keep: numbers.recovery.keepFormer },
  { table: "FormerNumber", column: "removedAt", keep: numbers.recovery.keepFormer },
] as const satisfies readonly SweepRule[];

/** Rows of a rule's table whose column is at or before this moment are due. */
export const dueBefore = (rule: SweepRule, now: Date): Date => before(now, rule.keep);
