import "server-only";
import { randomUUID } from "node:crypto";
import { emailKey } from "@/lib/accounts";
import { after } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import { ok, type Result, refuse } from "@/lib/kernel/result";
import { hashToken, randomToken } from "@/lib/kernel/secrets";
import { deskOwner } from "@/lib/kernel/site";
import type { Visit } from "@/lib/kernel/visit";
import { describeMethod, isAnswerShaped } from "@/lib/methods";
import { judgeAnswer } from "./answers";
import { comparePassword } from "./password";
import type { AnswerRefusal, BeginReason } from "./posts";
import { openAttempt, pointAttempt } from "./store/attempts";
import { admitAtDesk, findAppAtDesk, proveStepAtDesk } from "./store/desk";
import { toldOfDesk } from "./told";
import { openRows } from "./usable";

/** What is asked next, at the support desk. */
export type AskedAtDesk = {
  readonly accountId: string;
  readonly attemptToken: string;
  /** What the app's entry ends in; undefined where only a recovery code is left to give. */
  readonly tag: string | undefined;
};

/**
 * The support desk, first half: e-mail and password, with all the limits, records and alerts of a sign-in. No browser is
 * known here and none is trusted, and nothing is sent: a number that was taken over opens no desk, so the second step is
 * the app or a recovery code, every time.
 */
export async function beginAtDesk(
  input: { readonly email: string; readonly password: string },
  visit: Visit,
): Promise<Result<AskedAtDesk, BeginReason | "off">> {
  const compared = await comparePassword(input.email, input.password, undefined, visit, { purpose: "desk" });
  if (!compared.ok) return compared;
  const { candidate, spentKeys } = compared.value;
  if (candidate.twoStepOnAt === null) return refuse("off");
  const { accountId, passwordHash } = candidate;
  const asked = await ask({ accountId, sessionId: null, action: null, passwordHash, spentKeys }, visit);
  // Changed meanwhile: whoever knows the new password comes in by it.
  return asked === undefined ? refuse("wrong-password") : ok(asked);
}

/**
 * A code anew, for one step of somebody who is signed in at the desk: what is proven with it is that step alone. The
 * caller has looked at the sign-in.
 */
export async function beginStepAtDesk(
  by: { readonly accountId: string; readonly sessionId: string },
  step: string,
  visit: Visit,
): Promise<Result<AskedAtDesk, "gone">> {
  const asked = await ask({ ...by, action: step, passwordHash: null, spentKeys: [] }, visit);
  return asked === undefined ? refuse("gone") : ok(asked);
}

async function ask(
  who: {
    readonly accountId: string;
    readonly sessionId: string | null;
    readonly action: string | null;
    readonly passwordHash: string | null;
    readonly spentKeys: string[];
  },
  visit: Visit,
): Promise<AskedAtDesk | undefined> {
  const { accountId, sessionId, action } = who;
  const row = await findAppAtDesk(accountId, visit.now);
  const [app] = openRows(row === undefined ? [] : [row], accountId);
  const attemptToken = randomToken();
  const isOpen = await openAttempt(
    {
      id: randomUUID(),
      tokenHash: hashToken(attemptToken),
      accountId,
      purpose: "desk",
      sessionId,
      methodId: app?.id ?? null,
      reason: "fresh-proof",
      reasonAt: null,
      action,
      now: visit.now,
      expiresAt: after(visit.now, numbers.attempt.lifetime),
    },
    who.passwordHash,
    who.spentKeys,
  );
  if (!isOpen) return undefined;
  const shown = app && describeMethod(app);
  return { accountId, attemptToken, tag: shown?.kind === "app" ? shown.tag : undefined };
}

/** Why nobody was let in at the desk; "used" too where the account is no agent's (any more). */
export type DeskRefusal = AnswerRefusal;

type Answer = { readonly attemptToken: string; readonly answer: string };

/** A try spent and judged as at a sign-in, and what the statements of the desk take. */
async function judge({ attemptToken, answer }: Answer, sessionId: string | null, visit: Visit) {
  // Ten characters are a recovery code, whatever was asked: a person at a terminal has no second page to choose it on.
  if (!isAnswerShaped("app", answer) && isAnswerShaped("recovery-codes", answer))
    await pointAttempt(hashToken(attemptToken), "desk", null, visit.now);
  const judged = await judgeAnswer(
    { token: attemptToken, answer, devices: undefined },
    "desk",
    sessionId,
    visit,
  );
  if (!judged.ok) return judged;
  const { now, address, browser } = visit;
  return ok({
    ...judged.value,
    facts: { ownerKey: emailKey(deskOwner() ?? "") ?? null, now, address, browser },
  });
}

/**
 * The support desk, second half: the proof used up by the statement that makes the desk session. Its token opens the desk
 * for 15 minutes, in the hands of the caller who gave the proof, and no page of the site.
 */
export async function answerAtDesk(
  input: Answer & { readonly callerHash: string },
  visit: Visit,
): Promise<Result<{ readonly token: string; readonly until: Date }, DeskRefusal>> {
  const judged = await judge(input, null, visit);
  if (!judged.ok) return judged;
  const { spent, used, kind, facts } = judged.value;
  const token = randomToken();
  const until = after(visit.now, numbers.desk.session);
  const isAdmitted = await admitAtDesk(
    {
      ...facts,
      sessionId: randomUUID(),
      sessionTokenHash: hashToken(token),
      callerHash: input.callerHash,
      expiresAt: until,
      messages: toldOfDesk(spent, visit),
    },
    spent.id,
    spent.methodId,
    used,
  );
  return isAdmitted ? ok({ token, until }) : refuse("used", { method: kind });
}

/** The answer to `beginStepAtDesk`: the sign-in at the desk is proven for the step that was asked for, and for no other. */
export async function answerStepAtDesk(
  input: Answer & { readonly sessionId: string },
  visit: Visit,
): Promise<Result<undefined, DeskRefusal>> {
  const { sessionId } = input;
  const judged = await judge(input, sessionId, visit);
  if (!judged.ok) return judged;
  const { spent, used, kind, facts } = judged.value;
  const isProven = await proveStepAtDesk({ ...facts, sessionId }, spent.id, spent.methodId, used);
  return isProven ? ok(undefined) : refuse("used", { method: kind });
}
