import "server-only";
import { query, type Transaction } from "@/lib/db";
import type { Visit } from "@/lib/kernel/visit";
import type { EventFacts, EventKind } from "./kinds";

/** Writes an event in the transaction of its cause. */
export async function record(
  tx: Transaction,
  accountId: string,
  kind: EventKind,
  visit: Visit,
  facts: EventFacts = {},
): Promise<void> {
  await tx.event.create({
    data: { accountId, kind, at: visit.now, address: visit.address, browser: visit.browser, facts },
  });
}

export type EventRow = {
  id: string;
  at: Date;
  kind: EventKind;
  address: string;
  browser: string;
  facts: EventFacts;
};

/** The newest events of an account. */
export async function listEvents(accountId: string, limit: number): Promise<EventRow[]> {
  // A bare "id" in ORDER BY would be the text of the output, where 9 comes after 10.
  return query<EventRow>(
    "event_list",
    `SELECT "id"::text, "at", "kind", "address", "browser", "facts" FROM "Event"
     WHERE "accountId" = $1 ORDER BY "Event"."id" DESC LIMIT $2`,
    [accountId, limit],
  );
}
