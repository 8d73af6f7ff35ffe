import "server-only";
import { emailKey } from "@/lib/accounts";
import { record } from "@/lib/activity";
import { inTransaction } from "@/lib/db";
import { type Result, refuse } from "@/lib/kernel/result";
import { hashToken, isKeyedHash, keyedHash } from "@/lib/kernel/secrets";
import { deskOwner } from "@/lib/kernel/site";
import { isTokenShaped } from "@/lib/kernel/token-shape";
import type { Visit } from "@/lib/kernel/visit";
import { alert } from "@/lib/proof";
import { lockAccount } from "@/lib/sessions";
import {
  type AskedAtDesk,
  answerAtDesk,
  type BeginReason,
  beginAtDesk,
  type DeskRefusal,
} from "@/lib/sign-in";
import { endDeskSession, findDeskSession, standingAtDesk } from "./store";

/** The owner's address as it is compared; null: there is no owner. */
export const ownerKey = (): string | null => emailKey(deskOwner() ?? "") ?? null;

/** Somebody who has proven themselves at the desk: an agent, or the owner, who names the agents and is none. */
export type AtDesk = {
  readonly sessionId: string;
  readonly accountId: string;
  readonly name: string;
  readonly until: Date;
  readonly isAgent: boolean;
  readonly isOwner: boolean;
};

/** Why somebody does not get in with the right password; "held": a way back in opened their account a short while ago. */
export type EnterReason = BeginReason | "off" | "not-an-agent" | "held";

/** First half of the way in: e-mail and password. Refused for whoever is neither an agent nor the owner. */
export async function askAtDesk(
  input: { readonly email: string; readonly password: string },
  visit: Visit,
): Promise<Result<AskedAtDesk, EnterReason>> {
  const begun = await beginAtDesk(input, visit);
  if (!begun.ok) return begun;
  const standing = await standingAtDesk(begun.value.accountId, ownerKey(), visit.now);
  if (standing === undefined) return refuse("not-an-agent");
  return standing.heldUntil === null ? begun : refuse("held", { retryAt: standing.heldUntil });
}

const callerParts = (caller: string): string[] => [caller];

/**
 * Second half: a code of the app, or a recovery code. What comes back opens the desk for 15 minutes, and for this caller
 * alone: who called the tool on the machine, as the tool says it.
 */
export const enterDesk = (
  input: { readonly attemptToken: string; readonly answer: string; readonly caller: string },
  visit: Visit,
): Promise<Result<{ readonly token: string; readonly until: Date }, DeskRefusal>> =>
  answerAtDesk(
    {
      attemptToken: input.attemptToken,
      answer: input.answer,
      callerHash: keyedHash("desk caller", callerParts(input.caller)),
    },
    visit,
  );

/**
 * Who holds this token; undefined for nobody, or nobody any more. Asked for every command. In other hands than those that
 * signed in it was copied: it ends for both, and whose it was is told.
 */
export async function readDesk(
  token: string | undefined,
  caller: string,
  visit: Visit,
): Promise<AtDesk | undefined> {
  if (token === undefined || !isTokenShaped(token)) return undefined;
  const row = await findDeskSession(hashToken(token), ownerKey(), visit.now);
  if (row === undefined) return undefined;
  if (!isKeyedHash(row.callerHash, "desk caller", callerParts(caller))) {
    await inTransaction(async (tx) => {
      await lockAccount(tx, row.accountId);
      if (!(await endDeskSession(tx, hashToken(token)))) return;
      await record(tx, row.accountId, "desk-sign-in-copied", visit);
      const whose = { id: row.accountId, addresses: [row.email] };
      await alert(tx, whose, "desk-sign-in-copied", visit);
    });
    return undefined;
  }
  return {
    sessionId: row.id,
    accountId: row.accountId,
    name: row.agentName ?? row.accountName,
    until: row.expiresAt,
    isAgent: row.agentName !== null && !row.isOwner,
    isOwner: row.isOwner,
  };
}

/** Leaves the desk. */
export const leaveDesk = (token: string): Promise<boolean> =>
  inTransaction((tx) => endDeskSession(tx, hashToken(token)));
