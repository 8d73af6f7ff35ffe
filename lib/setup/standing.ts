/** Who sets something up, where their account stands, and which recovery codes their session may see. */
import "server-only";
import { randomUUID } from "node:crypto";
import type { EventFacts, EventKind } from "@/lib/activity";
import type { Transaction } from "@/lib/db";
import { after } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import { keyedHash, keyedHashes, open, seal } from "@/lib/kernel/secrets";
import { identityOf, listActiveMethods, type MethodData, openMethodData } from "@/lib/methods";
import { type Purpose, purposeOf, type SetupFacts } from "./rules";
import { dropReveal, type EnrolmentRow, findReveal, keepReveal, readStanding } from "./store";

/** The session that sets something up: its own row, from the guard. */
export type Owner = { readonly id: string; readonly accountId: string; readonly email: string };

/**
 * What lets a method be added without a session: an access pass of the support desk (lib/desk). It tells nothing of what
 * the account has, and is used up in the transaction that makes the method.
 */
export type Grant = {
  /** Uses it up; false when it was used or ended meanwhile. */
  readonly take: (tx: Transaction) => Promise<boolean>;
  /** How it is recorded and told. */
  readonly kind: EventKind;
  readonly facts: EventFacts;
  /** How long the new method proves no removal of the others. */
  readonly holdsOthersUntil: Date;
};

/** What is set up by an enrolment: everything of the registry that is everyday. */
export type EnrolKind = "phone" | "app" | "passkey";

export const ownerOf = (owner: Owner) => ({ accountId: owner.accountId, sessionId: owner.id });

type Standing = {
  readonly facts: SetupFacts;
  readonly purpose: Purpose;
  readonly hasApp: boolean;
  /** What the names of the app's entries end in. */
  readonly tags: readonly string[];
  readonly identities: readonly (string | null)[];
  readonly shown: Shown | undefined;
  readonly recoveredAt: Date | null;
};

/** As far as somebody with a grant may know: nothing, but that no two entries of an app are called the same. */
export async function blindStanding(accountId: string): Promise<
  Pick<Standing, "purpose" | "hasApp" | "tags" | "identities" | "recoveredAt"> & {
    facts: { methods: number };
  }
> {
  const { methods } = await listActiveMethods(accountId);
  const tags = methods.flatMap((method) => (method.kind === "app" ? [method.data.tag] : []));
  return {
    purpose: "additional",
    hasApp: false,
    tags,
    identities: [],
    facts: { methods: 0 },
    recoveredAt: null,
  };
}

/** Where the set-up of an account stands: what it has, what may be begun, and what this session may be shown. */
export async function standingOf(owner: Owner, now: Date): Promise<Standing> {
  const row = await readStanding(owner, now);
  const opened = (row?.methods ?? []).map((method) => ({
    method,
    inside: openMethodData("Method", { ...method, accountId: owner.accountId }),
  }));
  const usable = opened.flatMap(({ method, inside }) => (inside === undefined ? [] : [method]));
  const shown = openReveal(owner, row?.reveal ?? null, now);
  const facts = {
    isOn: row !== undefined && row.twoStepOnAt !== null,
    methods: usable.length,
    isPhonePending: row?.isPhonePending ?? false,
    areCodesShown: shown !== undefined && !shown.isPending,
  };
  return {
    facts,
    purpose: purposeOf(facts),
    hasApp: usable.some(({ kind }) => kind === "app"),
    tags: opened.flatMap(({ inside }) => (inside?.kind === "app" ? [inside.data.tag] : [])),
    identities: usable.map(({ identity }) => identity),
    shown,
    recoveredAt: row?.recoveredAt ?? null,
  };
}

// Numbers are found again by a keyed hash, never by themselves; each account has its own.
export const numberParts = (accountId: string, number: string): string[] => [accountId, number];

/** Whether an account has the number of this method already; what has no number is never known. */
export const isKnown = (
  accountId: string,
  method: MethodData,
  identities: readonly (string | null)[],
): boolean => {
  const identity = identityOf(method);
  if (identity === null) return false;
  const hashes = keyedHashes("phone lookup", numberParts(accountId, identity));
  return identities.some((known) => known !== null && hashes.includes(known));
};

/** Says whether the same thing is begun again: the same number by the same channel; null where nothing can be the same. */
export const sameness = (accountId: string, method: MethodData): string | null =>
  identityOf(method) === null ? null : keyedHash("phone lookup", [accountId, JSON.stringify(method.data)]);

export const enrolmentTry = ({ id, accountId }: Pick<EnrolmentRow, "id" | "accountId">) =>
  ({ ownerId: id, accountId, purpose: "enrolment" }) as const;

/** Where the set-up of this account stands, as far as this session may know. */
export const setupFacts = async (owner: Owner, now: Date): Promise<SetupFacts> =>
  (await standingOf(owner, now)).facts;

/** Recovery codes that a session may see. */
export type Shown = {
  /** Says which ten they are, so that nobody saves one set and confirms another. */
  readonly id: string;
  readonly codes: readonly string[];
  /** They count only when they are said to be saved; until then an older set does. */
  readonly isPending: boolean;
};

function openReveal(owner: Owner, reveal: string | null, now: Date): Shown | undefined {
  if (reveal === null) return undefined;
  try {
    const plain = open(reveal, { table: "Session", row: owner.id, account: owner.accountId });
    const { until, ...shown } = JSON.parse(plain) as Shown & { until: string };
    return new Date(until) > now ? shown : undefined;
  } catch {
    return undefined;
  }
}

/** Recovery codes that this session may see until it says that they are saved; undefined when there are none. */
export const shownCodes = async (owner: Owner, now: Date): Promise<Shown | undefined> =>
  (await standingOf(owner, now)).shown;

/** The same inside a transaction that holds the account. */
export const shownCodesIn = async (tx: Transaction, owner: Owner, now: Date): Promise<Shown | undefined> =>
  openReveal(owner, await findReveal(tx, owner), now);

/** Lets this session see recovery codes, for ten minutes or until it says that they are saved. */
export const showCodes = (
  tx: Transaction,
  owner: Owner,
  shown: Omit<Shown, "id">,
  now: Date,
): Promise<boolean> =>
  keepReveal(
    tx,
    owner,
    seal(JSON.stringify({ id: randomUUID(), ...shown, until: after(now, numbers.recoveryCodes.shownFor) }), {
      table: "Session",
      row: owner.id,
      account: owner.accountId,
    }),
  );

/** The recovery codes were saved: they are shown no more. */
export const hideCodes = (tx: Transaction, owner: Owner): Promise<void> => dropReveal(tx, owner);
