import "server-only";
import type { Visit } from "@/lib/kernel/visit";
import type { Owner } from "@/lib/setup";
import type { WayBack } from "@/lib/undo";

/** What every change of Advanced Security Settings shares: who is told, and which session goes on. */
export const changeOf = (owner: Owner, visit: Visit) => ({
  accountId: owner.accountId,
  addresses: [owner.email],
  keepSessionId: owner.id,
  visit,
});

/** A mail has a link only where something can be put back by it. */
export const backFacts = (back: WayBack | undefined): Record<string, string> =>
  back === undefined ? { back: "no", link: "" } : { back: "yes", link: back.url };
