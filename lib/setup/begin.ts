/** A method is begun: its enrolment and its first code; and, for a phone, a new code or a call. */
import "server-only";
import { randomUUID } from "node:crypto";
import { repeatByCall, type SendReason, sendCode } from "@/lib/codes";
import { inTransaction } from "@/lib/db";
import { after } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import { ok, type Result, refuse } from "@/lib/kernel/result";
import type { Visit } from "@/lib/kernel/visit";
import { beginMethod, challengeOf, type EnrolReason, openMethodData, sealMethodData } from "@/lib/methods";
import { changesHeldUntil } from "@/lib/proof";
import { clash } from "./rules";
import {
  blindStanding,
  type EnrolKind,
  type Grant,
  isKnown,
  type Owner,
  ownerOf,
  sameness,
  standingOf,
} from "./standing";
import {
  changeEnrolment,
  type EnrolmentRow,
  findEnrolment,
  keepEnrolment,
  startEnrolment,
  takeEnrolment,
} from "./store";

/** Why something could not be begun. */
export type BeginSetupReason =
  | EnrolReason
  | "same-number"
  | "same-app"
  | "not-first"
  | "too-many"
  | "recovered"
  | SendReason;

/** Why a new code was not sent. */
export type ResendReason = "gone" | "no-tries" | SendReason;

/**
 * Begins to set up a method: the same for the first, the backup and every additional one; what it is for follows from
 * the account. A phone gets its code in this request. An app that this session was setting up keeps its key, so that
 * the QR code never changes by a reload or by coming back. Nothing that is on is weakened by it.
 *
 * @param how.grant what lets it be added without a session (an access pass, lib/desk); none for who is signed in.
 * @param how.replaces the number whose place it takes (lib/new-number); null for one more.
 */
export async function beginSetup(
  kind: EnrolKind,
  input: unknown,
  owner: Owner,
  visit: Visit,
  { grant, replaces = null }: { readonly grant?: Grant; readonly replaces?: string | null } = {},
): Promise<Result<undefined, BeginSetupReason>> {
  const standing =
    grant === undefined ? await standingOf(owner, visit.now) : await blindStanding(owner.accountId);
  const begun = beginMethod(kind, kind === "app" ? { takenTags: standing.tags } : input);
  if (!begun.ok) return begun;
  // The set-up after a recovery is free; what comes after it waits.
  const until =
    kind === "phone" && standing.purpose === "additional"
      ? changesHeldUntil(standing.recoveredAt, visit.now)
      : undefined;
  if (until !== undefined) return refuse("recovered", { retryAt: until });
  const method = begun.value;
  const why = clash(kind, {
    purpose: standing.purpose,
    hasApp: standing.hasApp,
    hasSameIdentity: isKnown(owner.accountId, method, standing.identities),
    methods: standing.facts.methods,
  });
  if (why !== undefined) return refuse(why);

  const id = randomUUID();
  const started = await startEnrolment({
    id,
    burntSteps: [],
    replaces,
    ...ownerOf(owner),
    kind,
    purpose: standing.purpose,
    data: sealMethodData("Enrolment", { id, accountId: owner.accountId }, method.data),
    identity: sameness(owner.accountId, method),
    tries: numbers.enrolment.tries,
    createdAt: visit.now,
    expiresAt: after(visit.now, numbers.enrolment.idle),
  });
  const delivery = challengeOf(method);
  if (delivery === null) return ok(undefined);
  // Begun a second time: its code is on its way already, and another would only cost money.
  if (!started.isNew) return ok(undefined);
  const sent = await sendCodeTo(started, delivery, visit);
  if (sent.ok) return ok(undefined);
  await inTransaction((tx) => takeEnrolment(tx, started.id, owner.id));
  return sent;
}

const sendCodeTo = (
  enrolment: EnrolmentRow,
  delivery: { readonly channel: "text" | "voice"; readonly to: string },
  visit: Visit,
) =>
  sendCode(
    {
      ownerId: enrolment.id,
      accountId: enrolment.accountId,
      purpose: "enrolment",
      number: delivery.to,
    },
    { methodId: null, channel: delivery.channel },
    visit,
  );

/**
 * "Call me instead": the code that was texted is said by a call, with the same letter and end. What is then confirmed is
 * what works: from now on this phone is called, by this enrolment and by the method that it becomes.
 */
export async function callInSetup(owner: Owner, visit: Visit): Promise<Result<undefined, ResendReason>> {
  const row = await findEnrolment(ownerOf(owner), "phone", visit.now);
  const method = row && openMethodData("Enrolment", row);
  if (row === undefined || method?.kind !== "phone") return refuse("gone");
  if (row.tries === 0) return refuse("no-tries");
  const { number } = method.data;
  const { accountId } = owner;
  const called = await repeatByCall(
    { ownerId: row.id, accountId, purpose: "enrolment", number },
    { methodId: null },
    visit,
  );
  if (!called.ok && called.reason === "gone") {
    const sent = await sendCodeTo(row, { channel: "voice", to: number }, visit);
    if (!sent.ok) return sent;
  } else if (!called.ok) return refuse(called.reason, called.details);

  const byCall = { kind: "phone", data: { number, channel: "voice" } } as const;
  const isKept = await changeEnrolment(
    {
      id: row.id,
      sessionId: owner.id,
      data: sealMethodData("Enrolment", row, byCall.data),
      identity: sameness(accountId, byCall),
    },
    visit.now,
  );
  return isKept ? ok(undefined) : refuse("gone");
}

/** Sends a new lettered code to the phone that is being set up; the earlier ones stay good. It refills no tries. */
export async function sendAnother(owner: Owner, visit: Visit): Promise<Result<undefined, ResendReason>> {
  const row = await findEnrolment(ownerOf(owner), "phone", visit.now);
  const method = row && openMethodData("Enrolment", row);
  const delivery = method ? challengeOf(method) : null;
  if (row === undefined || delivery === null) return refuse("gone");
  if (row.tries === 0) return refuse("no-tries");
  if (!(await keepEnrolment(row.id, visit.now))) return refuse("gone");
  const sent = await sendCodeTo(row, delivery, visit);
  return sent.ok ? ok(undefined) : sent;
}
