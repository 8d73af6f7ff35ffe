import "server-only";
import { maskedEmail } from "@/lib/accounts";
import { type EventFacts, type EventKind, listEvents } from "@/lib/activity";
import { numbers } from "@/lib/kernel/numbers";
import { ok, type Result } from "@/lib/kernel/result";
import type { Visit } from "@/lib/kernel/visit";
import { type Loss, lockoutMap } from "@/lib/lockout";
import type { ActiveMethod } from "@/lib/methods";
import { findCase, listRecoveries, type RecoveryState } from "@/lib/recovery";
import { enrolledOf, readOverview } from "@/lib/security";
import { type Request, shownRequest } from "./flow";
import { type LookReason, look, type Person, shownPerson } from "./person";
import { maskedAddress, maskedCase, maskedFacts, readCaseNumber } from "./rules";
import { listOpenRequests } from "./store";
import type { AtDesk } from "./way-in";

/**
 * A recovery as agents see it: where it stands, and never what evidence is still lacking. The number of one that collects
 * is shown by halves, unless the agent named it: the caller reads theirs out, because several may collect, and one of them
 * may be a thief's.
 */
export type Case = {
  readonly caseNumber: string;
  readonly state: RecoveryState;
  readonly createdAt: Date;
  readonly readyAt: Date | null;
};

/** A person, and what is under way for them. */
export async function findAtDesk(
  agent: AtDesk,
  who: string,
  visit: Visit,
): Promise<
  Result<
    {
      readonly person: Person;
      readonly requests: readonly Request[];
      readonly recoveries: readonly Case[];
    },
    LookReason
  >
> {
  const found = await look(agent, who, visit);
  if (!found.ok) return found;
  const named = readCaseNumber(who);
  const { id } = found.value;
  const [open, underWay, asked] = await Promise.all([
    listOpenRequests(visit.now),
    listRecoveries(id),
    named === undefined ? undefined : findCase(named),
  ]);
  // One that the caller names is shown whatever became of it, so that they can be told.
  const isOver = asked?.accountId === id && underWay.every((recovery) => recovery.id !== asked.id);
  const recoveries = isOver ? [asked, ...underWay] : underWay;
  return ok({
    person: shownPerson(found.value),
    requests: open.filter(({ accountId }) => accountId === id).map((row) => shownRequest(row, visit.now)),
    recoveries: recoveries.map(({ caseNumber, state, createdAt, readyAt }) => ({
      caseNumber: state === "collecting" && caseNumber !== named ? maskedCase(caseNumber) : caseNumber,
      state,
      createdAt,
      readyAt,
    })),
  });
}

/** One line of a timeline; addresses, numbers and case numbers masked. */
export type TimelineRow = {
  readonly at: Date;
  readonly kind: EventKind;
  readonly facts: EventFacts;
  readonly browser: string;
  readonly address: string;
};

/** What happened to an account, newest first. */
export async function timelineAtDesk(
  agent: AtDesk,
  who: string,
  limit: number,
  visit: Visit,
): Promise<Result<{ readonly person: Person; readonly events: readonly TimelineRow[] }, LookReason>> {
  const found = await look(agent, who, visit);
  if (!found.ok) return found;
  const events = await listEvents(found.value.id, Math.min(limit, numbers.desk.timeline.max));
  return ok({
    person: shownPerson(found.value),
    events: events.map(({ at, kind, facts, browser, address }) => ({
      at,
      kind,
      facts: maskedFacts(facts, maskedEmail),
      browser,
      address: maskedAddress(address),
    })),
  });
}

/** How a person would still get in if they lost one thing. */
export async function lockoutAtDesk(
  agent: AtDesk,
  who: string,
  visit: Visit,
): Promise<
  Result<
    { readonly person: Person; readonly losses: readonly Loss[]; readonly methods: readonly ActiveMethod[] },
    LookReason
  >
> {
  const found = await look(agent, who, visit);
  if (!found.ok) return found;
  const { methods, codesLeft } = await readOverview(found.value.id, visit.now);
  const losses = lockoutMap(enrolledOf(methods, codesLeft));
  return ok({ person: shownPerson(found.value), losses, methods });
}
