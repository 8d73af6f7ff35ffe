import "server-only";
import { open, seal } from "@/lib/kernel/secrets";
import type { RecoveryRow } from "../store";

const context = (row: Pick<RecoveryRow, "id" | "accountId">) => ({
  table: "RecoveryNumber",
  row: row.id,
  account: row.accountId,
});

/** A number that somebody typed in a recovery, as it is stored. */
export const sealNumber = (row: RecoveryRow, number: string): string => seal(number, context(row));

/** The number again. @throws Error when what is sealed was moved or altered. */
export const openNumber = (row: RecoveryRow, sealed: string): string => open(sealed, context(row));

/** What a code that is texted to it is good for. */
export const bindingOf = (row: RecoveryRow, number: string) => ({
  ownerId: row.id,
  accountId: row.accountId,
  purpose: "recovery" as const,
  number,
});
