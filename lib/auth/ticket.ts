import { after } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import { hashToken, randomToken } from "@/lib/kernel/secrets";
import type { Admission } from "@/lib/sessions";

// A ticket lives between two lines of one request, so it never leaves the process: there is nothing to steal from the
// database, and a posted ticket is refused unless it is one of the few minted within the last moments (AT-130).
const shared = globalThis as unknown as { latchkeyTickets?: Map<string, Admission & { expiresAt: Date }> };

function tickets(): Map<string, Admission & { expiresAt: Date }> {
  shared.latchkeyTickets ??= new Map();
  return shared.latchkeyTickets;
}

/** Mints the one-time ticket that next-auth's credentials provider takes. It works once, for 30 seconds. */
export function mintTicket(admission: Admission, now: Date): string {
  for (const [hash, { expiresAt }] of tickets()) if (expiresAt <= now) tickets().delete(hash);
  const ticket = randomToken();
  tickets().set(hashToken(ticket), { ...admission, expiresAt: after(now, numbers.ticket.lifetime) });
  return ticket;
}

/** Takes a ticket out of use and returns what it admits to; undefined for anything that is not a live ticket. */
export function redeemTicket(ticket: unknown, now: Date): Admission | undefined {
  if (typeof ticket !== "string") return undefined;
  const hash = hashToken(ticket);
  const found = tickets().get(hash);
  tickets().delete(hash);
  if (found === undefined || found.expiresAt <= now) return undefined;
  return { accountId: found.accountId, sessionToken: found.sessionToken };
}
