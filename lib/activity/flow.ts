import "server-only";
import { before } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import { openRowId, sealRowId } from "@/lib/kernel/secrets";
import type { Visit } from "@/lib/kernel/visit";
import { addressBudget, budgetColumns } from "@/lib/limits";
import { kindsOf, type Topic } from "./rules";
import {
  type EventOfAccount,
  type EventRow,
  findEvent,
  listEventsBefore,
  noteWrongPasswordRow,
} from "./store";

/** One page of the log. */
export type EventPage = {
  /** Newest first, with ids as addresses show them: a serial number would tell how busy the site is. */
  readonly events: readonly EventRow[];
  /** The id of the last event of this page, when older ones follow. */
  readonly olderThan: string | undefined;
};

/** Reads one page: the newest events, or those before the event `before`; of one topic, or of all. */
export async function readEvents(
  accountId: string,
  page: { readonly topic?: Topic; readonly before?: string },
): Promise<EventPage> {
  const { onPage } = numbers.activity;
  const rows = await listEventsBefore(accountId, {
    limit: onPage + 1,
    before: page.before === undefined ? undefined : openRowId(page.before, accountId),
    kinds: page.topic === undefined ? undefined : kindsOf(page.topic),
  });
  const events = rows.slice(0, onPage).map((row) => ({ ...row, id: sealRowId(row.id, accountId) }));
  return { events, olderThan: rows.length > onPage ? events.at(-1)?.id : undefined };
}

/** Every event of an account, newest first, a batch at a time, so that a long log needs no more memory than a short one. */
export async function* allEvents(accountId: string): AsyncGenerator<readonly EventRow[]> {
  let before: string | undefined;
  for (;;) {
    const rows = await listEventsBefore(accountId, { limit: numbers.activity.batch, before });
    if (rows.length > 0) yield rows;
    if (rows.length < numbers.activity.batch) return;
    before = rows.at(-1)?.id;
  }
}

/** One event with what its owner can do about it, for "This wasn't me"; undefined when it is not this account's. */
export async function readEvent(
  { id: sessionId, accountId }: { readonly id: string; readonly accountId: string },
  /** As an address shows it. */
  id: string,
  now: Date,
): Promise<EventOfAccount | undefined> {
  const rowId = openRowId(id, accountId);
  if (rowId === undefined) return undefined;
  const event = await findEvent(accountId, rowId, {
    sessionId,
    seenAfter: before(now, numbers.session.idle),
    createdAfter: before(now, numbers.session.absolute),
  });
  return event && { ...event, id };
}

/**
 * Notes a wrong password, within the budgets of numbers.wrongPasswords. `accountId` null, where the address has no
 * account, does the same work and writes no event.
 */
export async function noteWrongPassword(
  of: {
    readonly accountId: string | null;
    /** The address as it is compared: what is counted by, with and without an account. */
    readonly emailKey: string;
    readonly purpose: "sign-in" | "proof" | "settings" | "recovery" | "desk" | "access-pass";
    readonly sessionId?: string;
  },
  visit: Visit,
): Promise<void> {
  const { tally, addressHour, accountDay } = numbers.wrongPasswords;
  const byAddress = addressBudget("wrong-password-seen", visit.address, addressHour);
  await noteWrongPasswordRow({
    accountId: of.accountId,
    sessionId: of.sessionId ?? null,
    tally: budgetColumns([{ name: ["wrong-password-tally", of.emailKey], max: 1, window: tally }]),
    // The demonstration's wider budget would make an event of every try: this one is not a limit of anybody's.
    budgets: budgetColumns([
      { ...byAddress, name: [...byAddress.name, of.emailKey], max: addressHour.max },
      { name: ["wrong-password-events", of.emailKey], ...accountDay },
    ]),
    facts: { purpose: of.purpose },
    visit,
  });
}
