import "server-only";
import { query, type Transaction } from "@/lib/db";
import { after } from "@/lib/kernel/durations";

export type NewMessage = {
  readonly id: string;
  readonly accountId: string | null;
  readonly channel: string;
  readonly purpose: string;
  readonly content: string;
  readonly createdAt: Date;
  readonly nextTryAt: Date;
  readonly expiresAt: Date;
};

/** Writes a message in the transaction of its cause. */
export async function insertMessage(tx: Transaction, message: NewMessage): Promise<void> {
  await tx.message.create({ data: { ...message, state: "queued" } });
}

export type ClaimedMessage = {
  id: string;
  accountId: string | null;
  channel: string;
  purpose: string;
  content: string | null;
  tries: number;
  expiresAt: Date;
};

/** Claims one message for this process until `until`, if nobody else has it. */
export async function claimMessage(id: string, now: Date, until: Date): Promise<ClaimedMessage | undefined> {
  const [row] = await query<ClaimedMessage>(
    "message_claim",
    `UPDATE "Message" SET "tries" = "tries" + 1, "nextTryAt" = $3
     WHERE "id" = $1 AND "state" = 'queued' AND ("tries" = 0 OR "nextTryAt" <= $2)
     RETURNING "id", "accountId", "channel", "purpose", "content", "tries", "expiresAt"`,
    [id, now, until],
  );
  return row;
}

/** Claims messages that are due, oldest first; instances never claim the same one (SKIP LOCKED). */
export async function claimDueMessages(now: Date, until: Date, limit: number): Promise<ClaimedMessage[]> {
  return query<ClaimedMessage>(
    "message_claim_due",
    `UPDATE "Message" m SET "tries" = m."tries" + 1, "nextTryAt" = $2
     FROM (SELECT "id" FROM "Message" WHERE "nextTryAt" <= $1
           ORDER BY "nextTryAt" LIMIT $3 FOR UPDATE SKIP LOCKED) due
     WHERE m."id" = due."id"
     RETURNING m."id", m."accountId", m."channel", m."purpose", m."content", m."tries", m."expiresAt"`,
    [now, until, limit],
  );
}

/** The message reached the provider; what it said is no longer ours to keep. */
export async function markHandedOver(
  id: string,
  state: string,
  provider: string,
  providerId: string | undefined,
  now: Date,
): Promise<void> {
  await query(
    "message_handed_over",
    `UPDATE "Message" SET "state" = $2, "provider" = $3, "providerId" = $4, "handedOverAt" = $5,
       "nextTryAt" = NULL, "content" = NULL WHERE "id" = $1`,
    [id, state, provider, providerId ?? null, now],
  );
}

/** The message will not be tried again. */
export async function markEnded(id: string, state: "failed" | "expired", reason: string): Promise<void> {
  await query(
    "message_ended",
    `UPDATE "Message" SET "state" = $2, "reason" = $3, "nextTryAt" = NULL, "content" = NULL WHERE "id" = $1`,
    [id, state, reason],
  );
}

/** The message is tried again after `wait` milliseconds. */
export async function markForRetry(id: string, reason: string, now: Date, wait: number): Promise<void> {
  await query(
    "message_retry",
    `UPDATE "Message" SET "reason" = $2, "nextTryAt" = $3 WHERE "id" = $1 AND "state" = 'queued'`,
    [id, reason, after(now, wait)],
  );
}

/** The state of one message, for the line that says what happened to it. */
export async function findMessageState(
  id: string,
): Promise<{ state: string; reason: string | null; handedOverAt: Date | null } | undefined> {
  const [row] = await query<{ state: string; reason: string | null; handedOverAt: Date | null }>(
    "message_state",
    `SELECT "state", "reason", "handedOverAt" FROM "Message" WHERE "id" = $1`,
    [id],
  );
  return row;
}
