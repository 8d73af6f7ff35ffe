/** A recovery as its browser, its links, its owner's pages and the desk see it. Everything here reads only. */
import "server-only";
import { hashToken } from "@/lib/kernel/secrets";
import { isTokenShaped } from "@/lib/kernel/token-shape";
import {
  hasItsPassword,
  isOpenElsewhere,
  isProofKind,
  judgeEvidence,
  neededUntil,
  type ProofKind,
  type RecoveryState,
  stateOf,
  type Verdict,
} from "./rules";
import { findBy, findOfAccount, listOfAccount, type RecoveryRow, type TokenKind } from "./store";

/** A recovery as pages and the desk see it. Addresses and numbers are not in it. */
export type Recovery = {
  readonly id: string;
  readonly accountId: string;
  readonly caseNumber: string;
  readonly state: RecoveryState;
  readonly proofs: readonly ProofKind[];
  /** What the evidence is worth so far, or was when it was started. */
  readonly verdict: Verdict;
  readonly triesLeft: number;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly startedAt: Date | null;
  /** Milliseconds. */
  readonly wait: number | null;
  readonly readyAt: Date | null;
  readonly endedAt: Date | null;
  /** Whether its own browser finishes it with the password that was shown when it began; else with a mailed code. */
  readonly takesPassword: boolean;
  /** Whether another browser can finish it, with that password. */
  readonly isOpenElsewhere: boolean;
  /** Until when its browser may need to know it: before the wait has begun, until the latest moment that is possible. */
  readonly neededUntil: Date;
  /** Whether the desk began it, and no browser has taken it on. */
  readonly isUnclaimed: boolean;
};

function shown(row: RecoveryRow): Recovery {
  const proofs = row.proofs.filter(isProofKind);
  return {
    id: row.id,
    accountId: row.accountId,
    caseNumber: row.caseNumber,
    state: stateOf(row, row.now),
    proofs,
    verdict: judgeEvidence(proofs),
    triesLeft: row.tries,
    createdAt: row.createdAt,
    expiresAt: row.expiresAt,
    startedAt: row.startedAt,
    wait: row.waitMs,
    readyAt: row.readyAt,
    endedAt: row.endedAt,
    takesPassword: hasItsPassword(row),
    isOpenElsewhere: hasItsPassword(row) && isOpenElsewhere(row),
    neededUntil: neededUntil(row),
    isUnclaimed: row.beganWith === "desk",
  };
}

/** The recovery that a token is of; undefined for one that is none. */
export const rowOf = async (kind: TokenKind, token: string | undefined): Promise<RecoveryRow | undefined> =>
  token === undefined || !isTokenShaped(token) ? undefined : findBy(kind, hashToken(token));

/** The recovery of a browser, or of a link in a mail; undefined for a token that is none. Reads only. */
export async function viewRecovery(
  kind: TokenKind,
  token: string | undefined,
): Promise<Recovery | undefined> {
  const row = await rowOf(kind, token);
  return row === undefined ? undefined : shown(row);
}

/** The recovery of an account that is under way, for its owner's pages and the desk. Reads only. */
export async function findRecovery(accountId: string): Promise<Recovery | undefined> {
  const row = await findOfAccount(accountId);
  return row === undefined ? undefined : shown(row);
}

/** All that are under way for an account, for the desk: several may collect evidence, and only one waits. Reads only. */
export const listRecoveries = async (accountId: string): Promise<Recovery[]> =>
  (await listOfAccount(accountId)).map(shown);

/** The recovery with this case number, whatever became of it. Reads only. */
export async function findCase(caseNumber: string): Promise<Recovery | undefined> {
  const row = await findBy("case", caseNumber);
  return row === undefined ? undefined : shown(row);
}

/** The recovery of a browser while it collects evidence. */
export const findCollecting = async (token: string | undefined): Promise<RecoveryRow | undefined> => {
  const row = await rowOf("browser", token);
  return row !== undefined && stateOf(row, row.now) === "collecting" ? row : undefined;
};

/** Whether a recovery was begun in the browser that has this cookie. */
export const isOwnBrowser = (row: RecoveryRow, token: string | undefined): boolean =>
  token !== undefined && isTokenShaped(token) && hashToken(token) === row.tokenHash;

/** Whether this page's recovery was begun in this very browser. Reads only. */
export async function isBegunHere(
  recovery: { readonly id: string },
  token: string | undefined,
): Promise<boolean> {
  return (await rowOf("browser", token))?.id === recovery.id;
}
