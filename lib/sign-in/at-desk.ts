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
import { type AnswerRefusal, type BeginReason, comparePassword, judgeAnswer, openRows } from "./flow";
import { admitAtDesk, openAttempt, pointAttempt } from "./store";
import { toldOfDesk } from "./told";

/** The password was right: what is asked next, at the support desk. */
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
  const compared = await comparePassword(input.email, input.password, undefined, visit, "desk");
  if (!compared.ok) return compared;
  const { candidate, spentKeys } = compared.value;
  if (candidate.twoStepOnAt === null) return refuse("off");
  const app = openRows(candidate.methods, candidate.accountId).find(({ kind }) => kind === "app");
  const attemptToken = randomToken();
  const isOpen = await openAttempt(
    {
      id: randomUUID(),
      tokenHash: hashToken(attemptToken),
      accountId: candidate.accountId,
      purpose: "desk",
      sessionId: null,
      methodId: app?.id ?? null,
      reason: "fresh-proof",
      reasonAt: null,
      action: null,
      now: visit.now,
      expiresAt: after(visit.now, numbers.attempt.lifetime),
    },
    candidate.passwordHash,
    spentKeys,
  );
  // Changed meanwhile: whoever knows the new password comes in by it.
  if (!isOpen) return refuse("wrong-password");
  const shown = app && describeMethod(app);
  return ok({
    accountId: candidate.accountId,
    attemptToken,
    tag: shown?.kind === "app" ? shown.tag : undefined,
  });
}

/** Why nobody was let in at the desk; "used" too where the account is no agent's (any more). */
export type DeskRefusal = AnswerRefusal;

/**
 * The support desk, second half: a try spent and judged as at a sign-in, then a desk session in the statement that uses
 * the proof up. Its token opens the desk for 15 minutes and no page of the site.
 */
export async function answerAtDesk(
  input: { readonly attemptToken: string; readonly answer: string },
  visit: Visit,
): Promise<Result<{ readonly token: string; readonly until: Date }, DeskRefusal>> {
  const { attemptToken, answer } = input;
  // Ten characters are a recovery code, whatever was asked: a person at a terminal has no second page to choose it on.
  if (!isAnswerShaped("app", answer) && isAnswerShaped("recovery-codes", answer))
    await pointAttempt(hashToken(attemptToken), "desk", null, visit.now);
  const judged = await judgeAnswer({ token: attemptToken, answer, devices: undefined }, "desk", null, visit);
  if (!judged.ok) return judged;
  const { spent, used, kind } = judged.value;
  const token = randomToken();
  const until = after(visit.now, numbers.desk.session);
  const owner = deskOwner();
  const isAdmitted = await admitAtDesk(
    {
      sessionId: randomUUID(),
      sessionTokenHash: hashToken(token),
      expiresAt: until,
      ownerKey: owner === undefined ? null : (emailKey(owner) ?? null),
      messages: toldOfDesk(spent, visit),
      now: visit.now,
      address: visit.address,
      browser: visit.browser,
    },
    spent.id,
    spent.methodId,
    used,
  );
  return isAdmitted ? ok({ token, until }) : refuse("used", { method: kind });
}
