import { isIP } from "node:net";
import { readBase32 } from "@/lib/codes";
import { numbers } from "@/lib/kernel/numbers";
import type { RecoveryState } from "@/lib/recovery";

/** What two agents together may do for a person. There is none that takes protection away. */
export const requestKinds = ["access-pass", "recovery-start", "support-check", "recovery-stop"] as const;
export type RequestKind = (typeof requestKinds)[number];

/** Whether a typed or stored word names a kind of request. */
export const isRequestKind = (text: string): text is RequestKind =>
  requestKinds.some((kind) => kind === text);

/** What is done to one recovery, which the caller names by its case number. */
export const needsCase = (kind: RequestKind): boolean => kind === "support-check" || kind === "recovery-stop";

/** A recovery, as far as these rules look at it. */
export type CaseFacts = {
  readonly accountId: string;
  readonly state: RecoveryState;
  readonly proofs: readonly string[];
};

/** Why nothing is done to a case: it has ended or is another person's; or it waits already, or has this check. */
export type CaseReason = "no-recovery" | "recovery-already";

/** Why a check or a stop does not go to this case; undefined when it does. */
export function caseRefusal(
  kind: RequestKind,
  recovery: CaseFacts | undefined,
  accountId: string,
): CaseReason | undefined {
  if (recovery?.accountId !== accountId) return "no-recovery";
  const isStarted = ["unnoticed", "waiting", "ready"].includes(recovery.state);
  if (!isStarted && recovery.state !== "collecting") return "no-recovery";
  if (kind === "recovery-stop") return undefined;
  return isStarted || recovery.proofs.includes("support") ? "recovery-already" : undefined;
}

/** A request, as far as the rules look at it. */
export type RequestFacts = {
  readonly accountId: string;
  readonly requesterId: string;
  readonly approverId: string | null;
  readonly expiresAt: Date;
  readonly approvedAt: Date | null;
  readonly carriedOutAt: Date | null;
  readonly endedAt: Date | null;
};

/** Where a request stands. Ended: refused, withdrawn, or overtaken by a change of the account's protection. */
export type RequestState = "waiting" | "approved" | "carried-out" | "ended" | "expired";

/** Where a request stands at a moment: what was done or ended stays so, whatever the clock says. */
export function requestState(request: RequestFacts, now: Date): RequestState {
  if (request.carriedOutAt !== null) return "carried-out";
  if (request.endedAt !== null) return "ended";
  if (request.expiresAt <= now) return "expired";
  return request.approvedAt === null ? "waiting" : "approved";
}

/** Why a request is not approved. */
export type ApproveReason =
  | "no-request"
  | "not-this-person"
  | "own-request"
  | "own-account"
  | "requester-gone"
  | "already-approved"
  | Exclude<RequestState, "waiting" | "approved">;

/**
 * Why this agent may not approve it; undefined when they may. It names the reason only: what decides is the condition of
 * the update, and under it a check of the table, so two at once or two desks of one agent gain nothing.
 */
export function approveRefusal(
  request: RequestFacts | undefined,
  agentId: string,
  now: Date,
): ApproveReason | undefined {
  if (request === undefined) return "no-request";
  if (request.requesterId === agentId) return "own-request";
  if (request.accountId === agentId) return "own-account";
  const state = requestState(request, now);
  if (state === "waiting") return undefined;
  return state === "approved" ? "already-approved" : state;
}

/** Why a request is not carried out. */
export type CarryOutReason =
  | "no-request"
  | "others-request"
  | "not-approved"
  | "approver-gone"
  | "off"
  | CaseReason
  | "limit"
  | Exclude<RequestState, "waiting" | "approved">;

/** The same for carrying it out: the one who asked does it, after another said yes. */
export function carryOutRefusal(
  request: RequestFacts | undefined,
  agentId: string,
  now: Date,
): CarryOutReason | undefined {
  if (request === undefined) return "no-request";
  if (request.requesterId !== agentId) return "others-request";
  const state = requestState(request, now);
  if (state === "approved") return undefined;
  return state === "waiting" ? "not-approved" : state;
}

/** A case number as it was typed; undefined for what cannot be one. */
export function readCaseNumber(text: string): string | undefined {
  const found = /^([A-Z0-9]{4})[\s-]?([A-Z0-9]{4})$/.exec(text.trim().toUpperCase());
  return found === null ? undefined : `${found[1]}-${found[2]}`;
}

/** A case number that nobody can act on: enough to say whether it is the one that the caller reads out. */
export const maskedCase = (caseNumber: string): string => `${caseNumber.slice(0, 4)}-…`;

/** A network address as an agent may see it: enough to say "the same as before", not enough to find a home. */
export function maskedAddress(address: string): string {
  if (isIP(address) === 4) return `${address.split(".").slice(0, 2).join(".")}.x.x`;
  return isIP(address) === 6 ? `${address.split(":").slice(0, 2).join(":")}:x` : "";
}

/** Facts of an event without a whole mail address or case number in them, whichever version wrote them. */
export const maskedFacts = <Value extends string | number>(
  facts: Readonly<Record<string, Value>>,
  mask: (email: string) => string,
): Record<string, Value | string> =>
  Object.fromEntries(
    Object.entries(facts).map(([name, value]) => [
      name,
      typeof value !== "string"
        ? value
        : name === "case"
          ? maskedCase(value)
          : value.replace(/[^\s@…]{2,}@[^\s@]+/g, mask),
    ]),
  );

// What moves the cursor, colours, begins a line or turns the direction of what stands around it.
const notPlain = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/**
 * What somebody else wrote, for one line of a terminal: nothing in it acts on the terminal, and it begins no line of its
 * own, in which it could say what the tool says.
 */
export const plainText = (text: string): string => text.replace(notPlain, " ");

/** What the tool itself says: its own lines, and nothing in them that acts on the terminal. */
export const plainLines = (text: string): string => text.split("\n").map(plainText).join("\n");

/** The same as data: what is no plain text is escaped, so that a terminal that shows it does nothing by it. */
export const plainJson = (data: unknown): string =>
  JSON.stringify(data, undefined, 2).replace(notPlain, (character) =>
    character === "\n"
      ? character
      : [...Array(character.length).keys()]
          .map((place) => `\\u${character.charCodeAt(place).toString(16).padStart(4, "0")}`)
          .join(""),
  );

/** The passes that somebody can have typed, at most two; none: it cannot be a pass. */
export const readPass = (text: string): string[] => readBase32(text, numbers.desk.pass.characters);

/** A pass as it is read out: in fours. */
export const passForReading = (pass: string): string => (pass.match(/.{1,4}/g) ?? []).join("-");
