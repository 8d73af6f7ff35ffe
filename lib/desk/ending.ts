import type { RefusalDetails } from "@/lib/kernel/result";
import type { DeskRefusal } from "@/lib/sign-in";
import type { Key } from "@/lib/words";
import type { AgentReason } from "./agents";
import type { AskReason, RefuseReason } from "./flow";
import type { LookReason } from "./person";
import type { ApproveReason, CarryOutReason } from "./rules";
import type { EnterReason } from "./way-in";

/** How the tool ends; docs/desk.md lists them. */
export const deskExit = { done: 0, refused: 1, wrongUse: 2, notSignedIn: 3, trouble: 4 } as const;

/** Why a command did nothing. */
export type Reason =
  | LookReason
  | AskReason
  | ApproveReason
  | RefuseReason
  | CarryOutReason
  | AgentReason
  | EnterReason
  | "code"
  | "waits"
  | "not-signed-in"
  | WrongUse;

/** How a command was used wrongly. */
export type WrongUse =
  | "wrong-use"
  | "no-command"
  | "no-option"
  | "limit-range"
  | "no-kind"
  | "case-unneeded"
  | "no-input";

/** What is said of each; the only list of them. */
export const refusedKeys = {
  "wrong-password": "refused.wrong-password",
  "not-an-agent": "refused.not-an-agent",
  off: "refused.off",
  held: "refused.held",
  limit: "refused.limit",
  busy: "refused.busy",
  code: "refused.code",
  waits: "refused.waits",
  nobody: "refused.nobody",
  "own-account": "refused.own-account",
  "note-missing": "refused.note-missing",
  "already-asked": "refused.already-asked",
  "no-request": "refused.no-request",
  "own-request": "refused.own-request",
  "case-missing": "refused.case-missing",
  "no-step": "refused.no-step",
  "no-recovery": "refused.no-recovery",
  "recovery-already": "refused.recovery-already",
  "requester-gone": "refused.requester-gone",
  "approver-gone": "refused.approver-gone",
  "already-approved": "refused.already-approved",
  "not-approved": "refused.not-approved",
  "others-request": "refused.others-request",
  "carried-out": "refused.carried-out",
  ended: "refused.ended",
  expired: "refused.expired",
  "not-the-owner": "refused.not-the-owner",
  "needs-app": "refused.needs-app",
  "owner-is-no-agent": "refused.owner-is-no-agent",
  already: "refused.already",
  "not-there": "refused.not-there",
  "not-signed-in": "refused.not-signed-in",
  "wrong-use": "refused.wrong-use",
  "no-command": "refused.no-command",
  "no-option": "refused.no-option",
  "limit-range": "refused.limit-range",
  "no-kind": "refused.no-kind",
  "case-unneeded": "refused.case-unneeded",
  "no-input": "refused.no-input",
  "nobody-else": "refused.nobody-else",
  "not-this-person": "refused.not-this-person",
} as const satisfies Record<Reason, Key<"desk">>;

/** Ends a command: what is said, and how the tool ends. */
export class Ending extends Error {
  constructor(
    readonly reason: Reason,
    readonly details: RefusalDetails | undefined,
    readonly exit: number,
    /** What was typed that it is about. */
    readonly about = "",
  ) {
    super(reason);
  }
}

/** A refusal of a flow, as the end of the command. */
export const refusedWith = (refusal: {
  readonly reason: Reason;
  readonly details?: RefusalDetails;
}): Ending => new Ending(refusal.reason, refusal.details, deskExit.refused);

/** A code that was refused, as the end of the command; one that was not looked at says when one will be. */
export const codeRefused = ({
  reason,
  details,
}: {
  readonly reason: DeskRefusal;
  readonly details?: RefusalDetails;
}): Ending =>
  refusedWith({ reason: reason === "waits" || reason === "method-waits" ? "waits" : "code", details });

/** What a flow granted; a refusal ends the command. */
export function granted<T>(
  result:
    | { readonly ok: true; readonly value: T }
    | { readonly ok: false; readonly reason: Reason; readonly details?: RefusalDetails },
): T {
  if (result.ok) return result.value;
  throw refusedWith(result);
}

/** Used wrongly: what is wrong, and the help of the command besides. */
export const wrongUse = (reason: WrongUse = "wrong-use", about = ""): Ending =>
  new Ending(reason, undefined, deskExit.wrongUse, about);
