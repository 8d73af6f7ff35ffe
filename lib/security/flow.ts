import "server-only";
import { record } from "@/lib/activity";
import { inTransaction, type Transaction } from "@/lib/db";
import { ok, type Result, refuse } from "@/lib/kernel/result";
import { hashToken } from "@/lib/kernel/secrets";
import { isTwoStepRequired } from "@/lib/kernel/site";
import type { Visit } from "@/lib/kernel/visit";
import { type Enrolled, type Loss, lockoutsAfter, placeOf } from "@/lib/lockout";
import {
  type ActiveMethod,
  describeMethod,
  drawRecoveryCodes,
  type LabelReason,
  listActiveMethods,
  openMethods,
  readLabel,
  recoveryCodesUnlessBusy,
  replaceRecoveryCodes,
} from "@/lib/methods";
import { alert, heldUntil, readHold, removalsHeldUntil, securityChange } from "@/lib/proof";
import { type Admission, holdSession, rotateSession } from "@/lib/sessions";
import {
  dropEnrolments,
  hideCodes,
  keepRetiringLast,
  listMethodRows,
  methodEventFacts,
  type Owner,
  showCodes,
  shownCodes,
  shownCodesIn,
} from "@/lib/setup";
import { endAllTrust, endTrust, type TrustedDevice, tokensInCookie } from "@/lib/trusted-devices";
import { canProveWayBack, keepWayBack, newWayBack, type WayBack } from "@/lib/undo";
import { askedFirst, isPlace, movedUp, type RemovalReason, removal } from "./rules";
import {
  countCodesLeft,
  dropProof,
  findProof,
  forgetLastUsed,
  isHolding,
  listDisabled,
  markOff,
  markRemoved,
  markSaved,
  readOverview,
  readProof,
  type SecurityOverview,
  writeName,
  writeOrder,
} from "./store";

/** Advanced Security Settings, with the browser that reads them marked by its own token in the cookie `devices`. */
export async function securityOverview(
  accountId: string,
  deviceCookie: string | undefined,
  now: Date,
): Promise<Omit<SecurityOverview, "devices"> & { devices: (TrustedDevice & { isThis: boolean })[] }> {
  const overview = await readOverview(accountId, now);
  const tokens = tokensInCookie(deviceCookie).map(hashToken);
  const devices = overview.devices.map((device) => ({
    ...device,
    isThis: tokens.includes(device.tokenHash),
  }));
  return { ...overview, devices };
}

// What every change of this page shares: who is told, and which session goes on.
const changeOf = (owner: Owner, visit: Visit) => ({
  accountId: owner.accountId,
  addresses: [owner.email],
  keepSessionId: owner.id,
  visit,
});

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

// A mail has a link only where something can be put back by it.
const backFacts = (back: WayBack | undefined): Record<string, string> =>
  back === undefined ? { back: "no", link: "" } : { back: "yes", link: back.url };

/** What the lock-out map is drawn from. */
export function enrolledOf(methods: readonly ActiveMethod[], recoveryCodesLeft: number): Enrolled {
  const isPhone = (method: ActiveMethod): boolean => describeMethod(method).kind === "phone";
  const phoneIds = methods.filter(isPhone).map(({ id }) => id);
  return {
    methods: methods.map((method) => ({
      id: method.id,
      isPhone: isPhone(method),
      place: placeOf(method.livesOn, phoneIds),
      isRetiring: method.retiresAt !== null,
    })),
    recoveryCodesLeft,
  };
}

/**
 * Asks for a proof with another method, before this one is removed: the fresh proof that was given with it ends, and the
 * next one asks the strongest of the others. False when this session was not proven with it.
 */
export const proveAnother = (id: string, owner: Owner): Promise<boolean> => dropProof(owner, id);

/** Why a method was not given a name. */
export type NameReason = LabelReason | "not-there" | "place-unknown";

/**
 * Gives a method the name that its owner knows it by, and says where it is kept, for the lock-out map. Neither is shown
 * before a sign-in is finished, and neither protects anything, so nobody is signed out.
 */
export async function nameMethod(
  id: string,
  name: { readonly label: string; readonly livesOn: string },
  owner: Owner,
  visit: Visit,
): Promise<Result<undefined, NameReason>> {
  const { accountId } = owner;
  const label = readLabel(name.label);
  if (!label.ok) return label;
  return inTransaction(async (tx) => {
    await holdSession(tx, owner);
    const { methods } = openMethods(accountId, await listMethodRows(tx, accountId));
    const isPhone = (method: ActiveMethod): boolean => describeMethod(method).kind === "phone";
    const method = methods.find((candidate) => candidate.id === id);
    if (method === undefined) return refuse("not-there");
    const phoneIds = methods.filter(isPhone).map((phone) => phone.id);
    if (!isPlace(name.livesOn, { id, isPhone: isPhone(method) }, phoneIds)) return refuse("place-unknown");
    const isNew = await writeName(tx, accountId, id, { label: label.value, livesOn: name.livesOn });
    // The same again, from a second tab: it is named so already.
    if (isNew) await record(tx, accountId, "method-renamed", visit, methodEventFacts(describeMethod(method)));
    return ok(undefined);
  });
}

/**
 * Moves a method one place up; what shall come later is what others are moved above. A new first one is a security
 * change, as by `askFirst`; among the others it only is recorded. Refused when it is not this account's, or there is no
 * such place.
 */
export async function moveUp(
  id: string,
  owner: Owner,
  visit: Visit,
): Promise<Result<undefined, "not-there">> {
  const { accountId } = owner;
  const { methods } = await readOverview(accountId, visit.now);
  const place = methods.findIndex((method) => method.id === id);
  const changesFirst = place === 1;
  const work = async (tx: Transaction): Promise<Result<undefined, "not-there">> => {
    const ids = (await listMethodRows(tx, accountId)).map((row) => row.id);
    const order = movedUp(ids, id);
    // What was first when the page was asked for may not be any more: then nothing is done by the smaller recipe.
    if (order === undefined || (order[0] !== ids[0] && !changesFirst)) return refuse("not-there");
    await writeOrder(tx, accountId, order);
    await keepRetiringLast(tx, accountId);
    if (changesFirst) await forgetLastUsed(tx, accountId);
    else await record(tx, accountId, "methods-moved", visit);
    return ok(undefined);
  };
  return changesFirst
    ? securityChange(
        { ...changeOf(owner, visit), kind: "methods-reordered", because: "methods-changed" },
        work,
      )
    : inTransaction(async (tx) => {
        await holdSession(tx, owner);
        return work(tx);
      });
}

/**
 * Makes a method the one that is asked for first, on every browser. Refused when it is not one of this account's, or is
 * the first already.
 */
export function askFirst(id: string, owner: Owner, visit: Visit): Promise<Result<undefined, "not-there">> {
  const { accountId } = owner;
  return securityChange(
    { ...changeOf(owner, visit), kind: "methods-reordered", because: "methods-changed" },
    async (tx) => {
      const rows = await listMethodRows(tx, accountId);
      const ids = rows.map((row) => row.id);
      // The first one is first already: a double click changes nothing a second time.
      if (!ids.includes(id) || ids[0] === id) return refuse("not-there");
      await writeOrder(tx, accountId, askedFirst(ids, id));
      await keepRetiringLast(tx, accountId);
      await forgetLastUsed(tx, accountId);
      return ok(undefined);
    },
  );
}

/**
 * Shows ten new recovery codes to this session. Nothing else changes: the old ones work until these are said to be saved
 * (docs/decisions/0021). Asked twice, the same ten are shown. Refused while Two-Step Verification is off: there is
 * nothing that they could open.
 */
export async function makeNewCodes(owner: Owner, visit: Visit): Promise<Result<undefined, "off" | "held">> {
  const codes = drawRecoveryCodes();
  return inTransaction(async (tx) => {
    const { twoStepOnAt } = await holdSession(tx, owner);
    if (twoStepOnAt === null) return refuse("off");
    const held = await heldUntil(tx, owner, visit.now);
    if (held !== undefined) return refuse("held", { retryAt: held });
    // Read behind the lock: the second of two at once sees what the first one drew.
    if ((await shownCodesIn(tx, owner, visit.now))?.isPending !== true)
      await showCodes(tx, owner, { codes, isPending: true }, visit.now);
    return ok(undefined);
  });
}

/** Why codes that are said to be saved do not count. */
export type SaveReason = "off" | "gone" | "busy" | "held";

/**
 * "I have saved these codes": ten that this session was shown take the place of the old ones, which is a security change
 * with all that belongs to it. Codes that count already, those of the set-up, are only noted as saved.
 *
 * Refused with "gone" when these are not what is shown (any more): a double click, another tab, more than ten minutes.
 *
 * @param set which ten; undefined for codes that are not shown any more and only to be noted.
 */
export async function saveCodes(
  set: string | undefined,
  owner: Owner,
  visit: Visit,
): Promise<Result<undefined, SaveReason>> {
  const { accountId } = owner;
  const shown = await shownCodes(owner, visit.now);
  if (set !== undefined && shown?.id !== set) return refuse("gone");
  if (set === undefined || shown?.isPending !== true)
    return inTransaction(async (tx) => {
      await holdSession(tx, owner);
      if (set !== undefined) await hideCodes(tx, owner);
      return (await markSaved(tx, accountId)) ? ok(undefined) : refuse("gone");
    });
  const made = await recoveryCodesUnlessBusy(accountId, shown.codes);
  if (made === undefined) return refuse("busy");
  return securityChange<undefined, SaveReason>(
    { ...changeOf(owner, visit), kind: "recovery-codes-made", because: "methods-changed" },
    async (tx, { twoStepOnAt }) => {
      if (twoStepOnAt === null) return refuse("off");
      // Drawn before the hold began, saved after: the old ones are its owner's.
      if ((await heldUntil(tx, owner, visit.now)) !== undefined) return refuse("held");
      if ((await shownCodesIn(tx, owner, visit.now))?.id !== set) return refuse("gone");
      await hideCodes(tx, owner);
      await replaceRecoveryCodes(tx, accountId, made.rows, visit.now);
      return ok(undefined);
    },
  );
}

/**
 * Turns Two-Step Verification off: methods, recovery codes and trust go, and this session gets a new token. For seven
 * days the mail that tells of it can put the methods back. Refused where the site requires it of everyone.
 */
export async function turnOff(
  owner: Owner,
  visit: Visit,
): Promise<Result<Admission, "off" | "required" | "held">> {
  if (isTwoStepRequired()) return refuse("required");
  const { accountId } = owner;
  const { methods } = await listActiveMethods(accountId);
  const back = methods.some(canProveWayBack) ? newWayBack() : undefined;
  return securityChange<Admission, "off" | "required" | "held">(
    {
      ...changeOf(owner, visit),
      kind: "two-step-off",
      because: "two-step-changed",
      mailFacts: backFacts(back),
    },
    async (tx) => {
      const held = await heldUntil(tx, owner, visit.now);
      if (held !== undefined) return refuse("held", { retryAt: held });
      if (!(await markOff(tx, accountId, back?.id ?? null, visit.now))) return refuse("off");
      if (back !== undefined)
        await keepWayBack(tx, back, { accountId, email: owner.email, kind: "two-step-off" }, visit.now);
      await dropEnrolments(tx, accountId);
      return ok({ accountId, sessionToken: await rotateSession(tx, owner.id) });
    },
  );
}

/** Ends the trust of one browser. It asks for a code again; nobody is signed out. Refused when it is not theirs. */
export function forgetDevice(
  id: string,
  owner: Owner,
  visit: Visit,
): Promise<Result<undefined, "not-there">> {
  return inTransaction(async (tx) => {
    await holdSession(tx, owner);
    if (!(await endTrust(tx, owner.accountId, id, visit.now))) return refuse("not-there");
    await record(tx, owner.accountId, "device-forgotten", visit, {}, owner.id);
    await alert(tx, { id: owner.accountId, addresses: [owner.email] }, "device-forgotten", visit);
    return ok(undefined);
  });
}

/** "Require codes on all devices": ends the trust of every browser. Nobody is signed out. Returns how many there were. */
export function forgetAllDevices(owner: Owner, visit: Visit): Promise<number> {
  return inTransaction(async (tx) => {
    await holdSession(tx, owner);
    const count = await endAllTrust(tx, owner.accountId, "all-devices-forgotten", visit.now);
    if (count === 0) return 0;
    await record(tx, owner.accountId, "all-devices-forgotten", visit, { count }, owner.id);
    await alert(tx, { id: owner.accountId, addresses: [owner.email] }, "all-devices-forgotten", visit, {
      count,
    });
    return count;
  });
}
