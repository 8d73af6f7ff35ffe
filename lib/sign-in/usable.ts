/** The methods of an account, opened, and whether their codes are looked at. */
import "server-only";
import type { Visit } from "@/lib/kernel/visit";
import { type MethodData, type MethodKind, methods, openMethodData } from "@/lib/methods";
import type { MethodJson } from "./store/parts";

/** A method of the account, opened. */
export type Usable = MethodData & {
  readonly id: string;
  readonly position: number;
  readonly counter: bigint | null;
  readonly burntSteps: readonly bigint[];
  readonly isRetiring?: boolean;
  readonly livesOn?: string;
  /** Until then none of its codes is looked at. */
  readonly waitsUntil?: Date | null;
};

/** Opens a row of a statement; undefined when it does not open any more. */
export function openRow(row: MethodJson, accountId: string): Usable | undefined {
  const opened = openMethodData("Method", { id: row.id, accountId, kind: row.kind, data: row.data });
  if (opened === undefined) return undefined;
  return {
    ...opened,
    id: row.id,
    position: row.position,
    counter: row.counter === null ? null : BigInt(row.counter),
    isRetiring: row.isRetiring === true,
    livesOn: row.livesOn,
    waitsUntil: dateOrNull(row.waitsUntil ?? null),
    burntSteps: (row.burntSteps ?? []).map(BigInt),
  };
}

// A method whose data does not open is not offered; the others are (AT-136).
export const openRows = (rows: readonly MethodJson[] | null, accountId: string): Usable[] =>
  (rows ?? []).flatMap((row) => openRow(row, accountId) ?? []);

export const dateOrNull = (text: string | null): Date | null => (text === null ? null : new Date(text));

/** Whether a browser may be trusted that was let in by this kind: not by what is for the day when all else is gone. */
export const mayOfferTrust = (kind: MethodKind): boolean => methods[kind].role === "everyday";

export const isLocked = (account: { lockedUntil: Date | null }, visit: Visit): boolean =>
  account.lockedUntil !== null && account.lockedUntil > visit.now;

export const isWaiting = ({ waitsUntil }: Usable, visit: Visit): boolean =>
  waitsUntil != null && waitsUntil > visit.now;
