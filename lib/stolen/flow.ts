import "server-only";
import { record } from "@/lib/activity";
import { inTransaction, within } from "@/lib/db";
import { log } from "@/lib/kernel/log";
import { numbers } from "@/lib/kernel/numbers";
import { ok, type Result, refuse } from "@/lib/kernel/result";
import type { Visit } from "@/lib/kernel/visit";
import { keptOn, lockoutMap } from "@/lib/lockout";
import { type ActiveMethod, describeMethod, openMethodData, openMethods } from "@/lib/methods";
import { alert, alertByPhone, heldUntil, phonesToTell, readHold, securityChange } from "@/lib/proof";
import {
  countCodesLeft,
  dropProof,
  enrolledOf,
  findProof,
  forgetLastUsed,
  listDisabled,
  readOverview,
  readProof,
  type SuspendedMethod,
} from "@/lib/security";
import { lockAccount } from "@/lib/sessions";
import { listMethodRows, methodEventFacts, type Owner } from "@/lib/setup";
import {
  canProveWayBack,
  comingBack,
  keepWayBack,
  keepWayBackIfProvable,
  liftSuspension,
  newWayBack,
} from "@/lib/undo";
import {
  expiry,
  type RestoreReason,
  restoration,
  type SuspendReason,
  suspendedUntil,
  suspension,
  tickedAtFirst,
} from "./rules";
import {
  keepSuspended,
  listChangesBefore,
  listOverdue,
  listSuspendedWith,
  markSuspended,
  removeSuspended,
} from "./store";

// A number that goes by itself before long is none that is left.
const countLasting = (methods: readonly ActiveMethod[]): number =>
  methods.filter(({ retiresAt }) => retiresAt === null).length;

/** The phones and devices of an account that can be stolen, each by the method that it is known by. */
export async function stealableThings(owner: Owner, now: Date): Promise<readonly ActiveMethod[]> {
  const { methods: active, disabled, codesLeft } = await readOverview(owner.accountId, now);
  // Wrong codes disable a number, and leave its phone where it is.
  const methods = [...active, ...disabled];
  const ids = lockoutMap(enrolledOf(methods, codesLeft)).flatMap(({ thing }) =>
    thing.kind === "recovery-codes" ? [] : [thing.methodId],
  );
  return methods.filter(({ id }) => ids.includes(id));
}

/** What the page "My phone was stolen" shows of one phone or device. */
export type Theft = {
  readonly thing: ActiveMethod;
  /** What else its owner said is kept on it. */
  readonly also: readonly ActiveMethod[];
  /** What may be on it: nobody said where it is kept, or it is the old number of a phone. */
  readonly perhaps: readonly ActiveMethod[];
  /** Which of `perhaps` go along: what its owner chose before, or until they say that they do not. */
  readonly ticked: readonly string[];
  /** Which of `perhaps` this session was proven with. */
  readonly used: string | null;
  /** What is left then. */
  readonly left: readonly ActiveMethod[];
  readonly codesLeft: number;
  /** What stands in the way, whichever of `perhaps` goes along. */
  readonly hurdle: Exclude<SuspendReason, "not-there" | "held"> | undefined;
  /** The old number that this proof does not suspend yet: until when, and whether another proof here would. */
  readonly change: { readonly oldId: string; readonly until: Date; readonly isProvable: boolean } | undefined;
  /** Until when this session takes nothing away, because its proof came by a way back in. */
  readonly held: Date | undefined;
};

/**
 * Reads what suspending a phone would mean; undefined when it is not one of this account's. Writes nothing.
 *
 * @param chosen what its owner ticked before their proof had run out. What proved it since is taken for theirs still.
 */
export async function viewTheft(
  id: string,
  owner: Owner,
  now: Date,
  chosen?: readonly string[],
): Promise<Theft | undefined> {
  const [{ methods: active, disabled, codesLeft, codesMadeAt }, provenWith, held] = await Promise.all([
    readOverview(owner.accountId, now),
    readProof(owner.id),
    readHold(owner, now),
  ]);
  const methods = [...active, ...disabled];
  const { surely, perhaps } = keptOn(enrolledOf(methods, codesLeft), id);
  const thing = methods.find((method) => method.id === id);
  if (thing === undefined) return undefined;
  // What is disabled goes along, and is never what is left.
  const others = active.filter((method) => !surely.includes(method.id));
  const changes = await listChangesBefore(owner.accountId, provenWith, now);
  const change = changes.find(({ oldId }) => surely.includes(oldId) || perhaps.includes(oldId));
  const why = suspension(
    {
      isThere: true,
      isProof: provenWith !== null && surely.includes(provenWith),
      isHeld: held !== undefined,
      isChanging: change !== undefined && surely.includes(change.oldId),
    },
    { methods: countLasting(others), recoveryCodes: codesLeft },
  );
  const sure = others.filter((method) => !perhaps.includes(method.id));
  const atFirst = tickedAtFirst(perhaps, provenWith, {
    methods: countLasting(sure),
    recoveryCodes: codesLeft,
  });
  const ticked = (chosen === undefined ? atFirst : perhaps.filter((other) => chosen.includes(other))).filter(
    (other) => other !== provenWith && other !== change?.oldId,
  );
  const isOlder = (madeAt: Date | null): boolean =>
    madeAt !== null && change !== undefined && madeAt < change.changedAt;
  return {
    thing,
    also: methods.filter((method) => method.id !== id && surely.includes(method.id)),
    perhaps: methods.filter((method) => perhaps.includes(method.id)),
    ticked,
    used: provenWith !== null && perhaps.includes(provenWith) ? provenWith : null,
    left: others.filter((method) => !ticked.includes(method.id)),
    codesLeft,
    hurdle: why === "not-there" || why === "held" ? undefined : why,
    change: change && {
      oldId: change.oldId,
      until: change.until,
      isProvable:
        (codesLeft > 0 && isOlder(codesMadeAt)) ||
        others.some((method) => method.id !== change.oldId && isOlder(method.createdAt)),
    },
    held,
  };
}

/**
 * "My phone was stolen": suspends a phone's number and what is kept on it, in one press. Nothing of it is asked or
 * accepted anywhere from then on; every other session, all trust and unfinished sign-ins end; the other methods are what
 * is asked. For thirty days it can be taken into use again by a method that is not suspended.
 *
 * @param alsoIds which of those that may have been on it were; others are left alone.
 */
export async function suspendPhone(
  id: string,
  alsoIds: readonly string[],
  owner: Owner,
  visit: Visit,
): Promise<Result<undefined, SuspendReason>> {
  const { accountId } = owner;
  const { methods: active, disabled } = await readOverview(accountId, visit.now);
  const methods = [...active, ...disabled];
  // For the words and the link of the mail; whether and what is decided under the lock.
  const thing = methods.find((method) => method.id === id);
  if (thing === undefined) return refuse("not-there");
  const going = goingWith(id, alsoIds, methods, 0);
  const isBackPossible = [...active, ...disabled.filter(({ kind }) => kind !== "phone")].some(
    (method) => !going.includes(method.id) && canProveWayBack(method),
  );
  const back = isBackPossible ? newWayBack() : undefined;
  const until = suspendedUntil(visit.now);
  return securityChange<undefined, SuspendReason>(
    {
      accountId,
      addresses: [owner.email],
      keepSessionId: owner.id,
      kind: "phone-suspended",
      because: "methods-changed",
      visit,
      facts: { ...methodEventFacts(describeMethod(thing)), count: going.length },
      mailFacts: {
        back: back === undefined ? "no" : "yes",
        link: back?.url ?? "",
        until,
      },
    },
    async (tx) => {
      const usable = openMethods(accountId, await listMethodRows(tx, accountId)).methods;
      const codesLeft = await countCodesLeft(tx, accountId);
      const ids = goingWith(id, alsoIds, [...usable, ...(await listDisabled(tx, accountId))], codesLeft);
      const provenWith = await findProof(tx, owner.id);
      const held = await heldUntil(tx, owner, visit.now);
      const changes = await listChangesBefore(accountId, provenWith, visit.now, within(tx));
      const why = suspension(
        {
          isThere: ids.length > 0,
          isProof: provenWith !== null && ids.includes(provenWith),
          isHeld: held !== undefined,
          isChanging: changes.some(({ oldId }) => ids.includes(oldId)),
        },
        {
          methods: countLasting(usable.filter((method) => !ids.includes(method.id))),
          recoveryCodes: codesLeft,
        },
      );
      if (why !== undefined) return refuse(why);
      const removalId = back?.id ?? null;
      await markSuspended(tx, accountId, ids, { thingId: id, removalId, now: visit.now, until });
      await forgetLastUsed(tx, accountId);
      if (back !== undefined)
        await keepWayBack(tx, back, { accountId, email: owner.email, kind: "phone-suspended" }, visit.now);
      return ok(undefined);
    },
  );
}

/** What goes with a phone: what is surely on it, and of what may be on it what its owner ticked. */
function goingWith(
  id: string,
  alsoIds: readonly string[],
  methods: readonly ActiveMethod[],
  codesLeft: number,
): string[] {
  const { surely, perhaps } = keptOn(enrolledOf(methods, codesLeft), id);
  return [...surely, ...perhaps.filter((other) => alsoIds.includes(other))];
}

/**
 * Asks for a proof with something else, before this phone is suspended: the fresh proof that was given with something on
 * it, or after the number on it was changed, ends. False when it is enough.
 */
export async function proveWithoutPhone(id: string, owner: Owner, visit: Visit): Promise<boolean> {
  const [{ methods: active, disabled }, provenWith] = await Promise.all([
    readOverview(owner.accountId, visit.now),
    readProof(owner.id),
  ]);
  const methods = [...active, ...disabled];
  const going = goingWith(
    id,
    methods.map((method) => method.id),
    methods,
    0,
  );
  const changes = await listChangesBefore(owner.accountId, provenWith, visit.now);
  const isNoProof =
    (provenWith !== null && going.includes(provenWith)) || changes.some(({ oldId }) => going.includes(oldId));
  return isNoProof && dropProof(owner, provenWith, provenWith ?? id);
}

/** What was suspended with one phone or device. */
export type Suspension = {
  readonly thingId: string;
  readonly suspendedAt: Date;
  /** When it is removed, unless it is taken into use again before. */
  readonly until: Date;
  /** The phone or device first. */
  readonly methods: readonly SuspendedMethod[];
};

/** What is suspended of an account, by phone or device. */
export function suspensionsOf(suspended: readonly SuspendedMethod[]): readonly Suspension[] {
  const things = [...new Set(suspended.map(({ thingId }) => thingId))];
  return things.map((thingId) => {
    const methods = suspended
      .filter((method) => method.thingId === thingId)
      .sort((left, right) => Number(right.id === thingId) - Number(left.id === thingId));
    const { suspendedAt = new Date(0), suspendedUntil: until = new Date(0) } = methods[0] ?? {};
    return { thingId, suspendedAt, until, methods };
  });
}

/** Reads what was suspended with one phone; undefined when nothing of it is (any more). Writes nothing. */
export async function viewSuspension(id: string, owner: Owner, now: Date): Promise<Suspension | undefined> {
  const { suspended } = await readOverview(owner.accountId, now);
  return suspensionsOf(suspended).find(({ thingId }) => thingId === id);
}

/**
 * "I have it back": what was suspended with a phone is in force again, behind the methods that are. The session was proven
 * afresh with something that is in force, or a recovery code; what is suspended proves nothing anywhere.
 */
export function restorePhone(
  id: string,
  owner: Owner,
  visit: Visit,
): Promise<Result<undefined, RestoreReason>> {
  const { accountId } = owner;
  return securityChange<undefined, RestoreReason>(
    {
      accountId,
      addresses: [owner.email],
      keepSessionId: owner.id,
      kind: "phone-restored",
      because: "methods-changed",
      visit,
    },
    async (tx, { twoStepOnAt }) => {
      // Methods in force without a second step: nothing would ask for them.
      if (twoStepOnAt === null) return refuse("not-there");
      const active = await listMethodRows(tx, accountId);
      const rows = await listSuspendedWith(tx, accountId, id);
      const why = restoration(
        rows.length,
        await findProof(tx, owner.id),
        active.map((row) => row.id),
      );
      if (why !== undefined) return refuse(why);
      const back = comingBack(
        rows,
        active.map(({ identity }) => identity),
      );
      const lifted = await liftSuspension(
        tx,
        accountId,
        back.map((row) => row.id),
      );
      return lifted === 0 ? refuse("not-there") : ok(undefined);
    },
  );
}

/** What the mail about it says of the link: proven by what is in force, only by what was removed, or that there is none. */
const backBy = (ways: readonly string[], removed: readonly string[]): "method" | "removed" | "no" => {
  if (ways.length === 0) return "no";
  return ways.every((id) => removed.includes(id)) ? "removed" : "method";
};

/**
 * Removes what was suspended thirty days ago and not taken into use again, with seven days in which the mail about it can
 * put it back, where anything could prove that it is its owner. While nothing else would let its owner in it stays
 * suspended for as long again, and they are told. Any number of instances may look at once. Returns how many methods
 * went.
 */
export async function removeOverdue(now: Date): Promise<number> {
  let removed = 0;
  for (const { accountId, email } of await listOverdue(now, numbers.stolen.batch)) {
    // One that cannot be done must not hold up everybody's after it.
    removed += await removeOrKeep({ id: accountId, addresses: [email] }, now).catch((error) => {
      log.warn({ err: error }, "what was suspended too long ago could not be removed");
      return 0;
    });
  }
  return removed;
}

async function removeOrKeep(
  account: { readonly id: string; readonly addresses: readonly string[] },
  now: Date,
): Promise<number> {
  const { id: accountId, addresses } = account;
  // Nobody's browser had a part in it, so neither the log nor the mail names one.
  const visit: Visit = { now, address: "", browser: "" };
  const back = newWayBack();
  const phones = await phonesToTell(accountId);
  return inTransaction(async (tx) => {
    const { twoStepOnAt } = await lockAccount(tx, accountId);
    const inForce = openMethods(accountId, await listMethodRows(tx, accountId)).methods;
    const isTwoStepOn = twoStepOnAt !== null;
    if (expiry({ isTwoStepOn, methodsLeft: countLasting(inForce) }) === "keep") {
      const until = suspendedUntil(now);
      const count = await keepSuspended(tx, accountId, until, now);
      if (count === 0) return 0;
      await record(tx, accountId, "suspended-kept", visit, { count });
      await alert(tx, account, "suspended-kept", visit, { count, until });
      return 0;
    }
    const rows = await removeSuspended(tx, accountId, back.id, now);
    if (rows.length === 0) return 0;
    for (const row of rows) {
      const opened = openMethodData("Method", { ...row, accountId });
      const facts = opened === undefined ? {} : methodEventFacts(describeMethod(opened));
      await record(tx, accountId, "suspended-removed", visit, facts);
    }
    const removal = { accountId, email: addresses[0] ?? "", kind: "suspended-removed" } as const;
    const ways = await keepWayBackIfProvable(tx, back, removal, now);
    await alert(tx, account, "suspended-removed", visit, {
      count: rows.length,
      back: backBy(
        ways,
        rows.map(({ id }) => id),
      ),
      link: ways.length === 0 ? "" : back.url,
    });
    await alertByPhone(tx, accountId, phones, "suspended-removed", visit);
    return rows.length;
  });
}
