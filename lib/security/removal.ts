/** The removal of one method: what it would mean, as its page shows it, and the removal itself. */
import "server-only";
import { ok, type Result, refuse } from "@/lib/kernel/result";
import type { Visit } from "@/lib/kernel/visit";
import { type Enrolled, type Loss, lockoutsAfter } from "@/lib/lockout";
import { type ActiveMethod, describeMethod, openMethods } from "@/lib/methods";
import { heldUntil, readHold, removalsHeldUntil, securityChange } from "@/lib/proof";
import { listMethodRows, methodEventFacts, type Owner } from "@/lib/setup";
import { canProveWayBack, keepWayBack, newWayBack } from "@/lib/undo";
import { backFacts, changeOf } from "./change";
import { enrolledOf } from "./enrolled";
import { type RemovalReason, removal } from "./rules";
import {
  countCodesLeft,
  dropProof,
  findProof,
  isHolding,
  listDisabled,
  markRemoved,
  readOverview,
  readProof,
} from "./store";

/** What the removal of a method is judged by, as a page read it or as it is under the lock. */
type RemovalStanding = {
  /** The methods that can be asked for. */
  readonly usable: readonly ActiveMethod[];
  /** Whether it is in force, also where it does not open any more. */
  readonly isThere: boolean;
  readonly isDisabled: boolean;
  /** Whether it is what holds the others. */
  readonly isHolding: boolean;
  readonly codesLeft: number;
  readonly provenWith: string | null;
  /** Until when a recovery holds every method: each is new, and none takes another away. */
  readonly recovered: Date | undefined;
  readonly heldByProof: Date | undefined;
};

/** Why a method may not go, until when it is held, and what losing one thing would take from its owner without it. */
function judgeRemoval(id: string, standing: RemovalStanding, isUnderstood: boolean) {
  const { usable, isDisabled, recovered, heldByProof } = standing;
  const held = recovered ?? heldByProof;
  const enrolled = enrolledOf(usable, standing.codesLeft);
  const isUsable = usable.some((method) => method.id === id);
  const lockouts = isUsable ? lockoutsAfter(enrolled, id) : [];
  const why = removal(
    {
      isHeld: recovered !== undefined || (held !== undefined && !standing.isHolding),
      isThere: standing.isThere || isDisabled,
      isDisabled,
      isUsable,
      isProof: standing.provenWith === id,
    },
    {
      // A number that goes by itself before long is none that is left.
      methods: usable.filter((method) => method.id !== id && method.retiresAt === null).length,
      mayLockOut: lockouts.length > 0,
    },
    isUnderstood,
  );
  return { why, held, enrolled, lockouts };
}

/** What the page shows that asks whether a method shall go. */
export type RemovalView = {
  /** The method, also where too many wrong codes disabled it; undefined where it does not open any more. */
  readonly shown: ActiveMethod | undefined;
  /** Whether it can be asked for now. */
  readonly isUsable: boolean;
  /** The methods that can be asked for, and those of them that would be left. */
  readonly methods: readonly ActiveMethod[];
  readonly others: readonly ActiveMethod[];
  /** What the lock-out map is drawn from, as long as the method is there. */
  readonly enrolled: Enrolled;
  /** What its owner could not lose without it. */
  readonly lockouts: readonly Loss[];
  /** What stands in the way, before anything is ticked. */
  readonly why: Exclude<RemovalReason, "not-there"> | undefined;
  /** Until when it is held, where that is why. */
  readonly held: Date | undefined;
};

/** Reads what removing a method would mean; undefined when it is not one of this account's. Writes nothing. */
export async function viewRemoval(
  id: string,
  session: Owner & { readonly recoveredAt: Date | null },
  now: Date,
): Promise<RemovalView | undefined> {
  const [{ methods, brokenIds, disabled, holdingIds, codesLeft }, provenWith, heldByProof] =
    await Promise.all([readOverview(session.accountId, now), readProof(session.id), readHold(session, now)]);
  const method = methods.find((candidate) => candidate.id === id);
  const disabledHere = disabled.find((candidate) => candidate.id === id);
  const { why, held, enrolled, lockouts } = judgeRemoval(
    id,
    {
      usable: methods,
      isThere: method !== undefined || brokenIds.includes(id),
      isDisabled: disabledHere !== undefined,
      isHolding: holdingIds.includes(id),
      codesLeft,
      provenWith,
      recovered: removalsHeldUntil(session.recoveredAt, now),
      heldByProof,
    },
    false,
  );
  if (why === "not-there") return undefined;
  return {
    shown: method ?? disabledHere,
    isUsable: method !== undefined,
    methods,
    others: methods.filter((candidate) => candidate !== method),
    enrolled,
    lockouts,
    why,
    held: why === "held" ? held : undefined,
  };
}

/**
 * Removes a method. Removals of one account happen one after the other, so two at once never take the last two.
 *
 * @param isUnderstood whether the person ticked that no backup will be left.
 */
export async function removeMethod(
  id: string,
  isUnderstood: boolean,
  owner: Owner,
  visit: Visit,
): Promise<Result<undefined, RemovalReason>> {
  const { accountId } = owner;
  // For the words of the event and the mail; whether it may go is decided under the lock.
  const { methods, disabled } = await readOverview(accountId, visit.now);
  const shown = [...methods, ...disabled].find((method) => method.id === id);
  const back = shown !== undefined && canProveWayBack(shown) ? newWayBack() : undefined;
  return securityChange(
    {
      ...changeOf(owner, visit),
      kind: "method-removed",
      because: "methods-changed",
      facts: shown
        ? methodEventFacts(describeMethod(shown))
        : { method: "", channel: "", lastDigits: "", tag: "" },
      mailFacts: backFacts(back),
    },
    async (tx, { recoveredAt }) => {
      const rows = await listMethodRows(tx, accountId);
      const usable = openMethods(accountId, rows).methods;
      const standing = {
        usable,
        isThere: rows.some((row) => row.id === id),
        isDisabled: (await listDisabled(tx, accountId)).some((method) => method.id === id),
        isHolding: await isHolding(tx, id, visit.now),
        codesLeft: await countCodesLeft(tx, accountId),
        provenWith: await findProof(tx, owner.id),
        recovered: removalsHeldUntil(recoveredAt, visit.now),
        heldByProof: await heldUntil(tx, owner, visit.now),
      };
      const { why, held } = judgeRemoval(id, standing, isUnderstood);
      if (why !== undefined) return refuse(why, why === "held" ? { retryAt: held } : undefined);
      if (!(await markRemoved(tx, accountId, id, back?.id ?? null, visit.now))) return refuse("not-there");
      if (back !== undefined)
        await keepWayBack(tx, back, { accountId, email: owner.email, kind: "method-removed" }, visit.now);
      return ok(undefined);
    },
  );
}

/**
 * Asks for a proof with another method, before this one is removed: the fresh proof that was given with it ends, and the
 * next one asks the strongest of the others. False when this session was not proven with it.
 */
export const proveAnother = (id: string, owner: Owner): Promise<boolean> => dropProof(owner, id);
