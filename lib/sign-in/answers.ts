/** The answer to the second step, judged: a try is spent, then it is compared; a wrong one is recorded, told and refused. */
import "server-only";
import { isCode } from "@/lib/codes";
import { examine } from "@/lib/doctor";
import { numbers } from "@/lib/kernel/numbers";
import { type CodeHint, ok, type Result, refuse } from "@/lib/kernel/result";
import { hashToken, keyedHash } from "@/lib/kernel/secrets";
import { isTokenShaped } from "@/lib/kernel/token-shape";
import type { Visit } from "@/lib/kernel/visit";
import { giveBackTry } from "@/lib/limits";
import {
  type AnswerReason,
  challengeOf,
  describeMethod,
  isChallengeOfTry,
  listActiveMethods,
  type MethodKind,
  readAssertion,
  recoveryLookups,
  sealMethodData,
  verifyAnswer,
} from "@/lib/methods";
import { presentedTokens } from "@/lib/trusted-devices";
import { bindingOf } from "./codes";
import type { AnswerRefusal, AttemptPurpose } from "./posts";
import { recordFailure, type SpentTry, spendAttemptTry } from "./store/tries";
import type { UsedUp } from "./store/used-up";
import { toldOfCode, toldOfEnd, toldOfFailure, toldOfWait } from "./told";
import { dateOrNull, openRow, type Usable } from "./usable";

/** A try spent and judged, before anything is granted. */
export async function judgeAnswer(
  input: { token: string | undefined; answer: string; devices: string | undefined },
  purpose: AttemptPurpose,
  sessionId: string | null,
  visit: Visit,
): Promise<Result<{ spent: SpentTry; used: UsedUp; kind: MethodKind }, AnswerRefusal>> {
  const { token, answer } = input;
  if (token === undefined || !isTokenShaped(token)) return refuse("gone");
  const tokenHash = hashToken(token);
  const answerHash = keyedHash("answer", [tokenHash, answer]);
  const tried = await spendAttemptTry({
    tokenHash,
    purpose,
    sessionId,
    answerHash,
    deviceTokens: presentedTokens(input.devices),
    now: visit.now,
    address: visit.address,
  });
  if (tried === undefined) return refuse("gone");
  if (!tried.mayBeJudged)
    return tried.lockedUntil !== null && tried.lockedUntil > visit.now
      ? refuse("waits", { retryAt: tried.lockedUntil })
      : refuse("method-waits", { retryAt: tried.methodWaitsUntil ?? undefined });
  const asked = tried.method === null ? undefined : openRow(tried.method, tried.accountId);
  if (tried.methodId !== null && asked === undefined) return refuse("method-gone");
  const method =
    asked?.kind === "passkey" ? await passkeyThatAnswered(answer, asked, tried.accountId) : asked;
  const spent = { ...tried, methodId: method?.id ?? null };

  const judged = await verifyAnswer(
    method?.kind ?? "recovery-codes",
    answer,
    evidenceFor(spent, method, answer, purpose),
  );
  if (judged.ok) {
    const kind = method?.kind ?? "recovery-codes";
    const { data, counter, codeId, recoveryCodeId } = judged.value;
    const used: UsedUp = { counter, codeId, recoveryCodeId };
    if (kind === "recovery-codes") used.note = noteOf(spent, visit);
    if (data !== undefined && method !== undefined)
      used.data = sealMethodData("Method", { id: method.id, accountId: spent.accountId }, data);
    return ok({ spent, used, kind });
  }
  if (judged.reason === "busy") {
    await giveBackTry("SignInAttempt", spent, { id: spent.id, hash: answerHash, isCounted: true });
    return refuse("busy");
  }
  return refuseAnswer(
    spent,
    { kind: method?.kind ?? "recovery-codes", reason: judged.reason, answer, purpose },
    visit,
  );
}

/**
 * Of several passkeys the person takes the one at hand, whichever is asked first: the account's own with the credential
 * that answered. Any other credential is compared with the asked one, and refused (AT-088).
 */
async function passkeyThatAnswered(answer: string, asked: Usable, accountId: string): Promise<Usable> {
  const credentialId = readAssertion(answer)?.id;
  const { methods: own } = await listActiveMethods(accountId);
  const answered = own.find(
    ({ kind, data }) => kind === "passkey" && data.state === "made" && data.credentialId === credentialId,
  );
  return answered === undefined ? asked : { ...answered, burntSteps: [] };
}

function evidenceFor(spent: SpentTry, method: Usable | undefined, answer: string, asked: AttemptPurpose) {
  const purpose = asked === "desk" ? "sign-in" : asked;
  const delivery = method === undefined ? null : challengeOf(method);
  const lookups = method === undefined ? recoveryLookups(spent.accountId, answer) : [];
  return {
    now: spent.judgedAt,
    accountId: spent.accountId,
    data: method?.data ?? {},
    counter: method?.counter ?? null,
    burntSteps: method?.burntSteps,
    codes: spent.codes.map((code) => ({
      ...code,
      sentAt: new Date(code.sentAt),
      expiresAt: new Date(code.expiresAt),
      usedAt: dateOrNull(code.usedAt),
    })),
    recoveryCodes: spent.recoveryCodes
      .filter(({ lookup }) => lookups.includes(lookup))
      .map(({ id, hash, usedAt }) => ({ id, hash, usedAt: dateOrNull(usedAt) })),
    // The page showed the challenge of the try that was spent just now.
    isChallenge: (challenge: string): boolean =>
      isChallengeOfTry(challenge, {
        ownerId: spent.id,
        accountId: spent.accountId,
        purpose,
        triesLeft: spent.triesLeft + 1,
      }),
    // A code is good for the number it was sent to, not for whichever method is asked now.
    isSentCode: (code: { methodId: string | null; hash: string }, digits: string): boolean =>
      delivery !== null &&
      code.methodId === method?.id &&
      isCode(code.hash, bindingOf({ ...spent, purpose }, delivery.to), digits),
  };
}

/**
 * What the code doctor may say of a wrong answer: only on a browser that the account has signed in with fully, after the
 * right password, and never while the account waits. It costs the try that was spent like any other.
 */
async function hintFor(
  spent: SpentTry,
  { kind, reason, answer }: { kind: MethodKind; reason: AnswerReason; answer: string },
): Promise<CodeHint | undefined> {
  if (spent.deviceId === null || spent.methodId === null || reason === "malformed") return undefined;
  if (kind !== "app" && kind !== "phone") return undefined;
  const { accountId, methodId, judgedAt } = spent;
  return examine({ accountId, sessionId: null, askedId: methodId, answer, now: judgedAt });
}

/** A browser that is new to the account is told nothing of a wrong code of the app but that it does not work. */
export const plainly = ({ deviceId }: SpentTry, kind: MethodKind): { readonly isPlain?: true } =>
  kind === "app" && deviceId === null ? { isPlain: true } : {};

const ahead = (at: Date | null, visit: Visit): at is Date => at !== null && at > visit.now;

/** Whether a wrong answer may have been the last one of its method. */
const mayEnd = ({ methodFailures }: SpentTry): boolean =>
  methodFailures !== null && methodFailures >= numbers.failuresInRow.methodDisabledAt;

/** The method that was asked, as an event shows it. */
function factsOfAsked({ method, accountId }: SpentTry): Record<string, string> {
  const asked = method === null ? undefined : openRow(method, accountId);
  if (asked === undefined) return { method: "" };
  const { kind, ...shown } = describeMethod(asked);
  return { method: kind, ...shown };
}

/**
 * Records a wrong answer and says how many tries are left. A wait is told once, when it begins: the password is right and
 * the codes are not, so somebody may have the password. The account's wait is told in the place of the method's own.
 */
async function refuseAnswer(
  spent: SpentTry,
  wrong: {
    readonly kind: MethodKind;
    readonly reason: Exclude<AnswerReason, "busy">;
    readonly answer: string;
    readonly purpose: AttemptPurpose;
  },
  visit: Visit,
): Promise<Result<never, AnswerRefusal>> {
  const { kind, reason } = wrong;
  const waits = ahead(spent.lockedUntil, visit);
  const isMethodWaiting = !waits && ahead(spent.methodWaitsUntil, visit);
  const isHalt = waits || isMethodWaiting;
  const hint = isHalt ? undefined : await hintFor(spent, wrong);
  const { isMethodDisabled } = await recordFailure({
    attemptId: spent.id,
    sessionId: spent.sessionId,
    messages: isHalt ? [] : toldOfFailure(spent, kind, wrong.purpose, visit),
    ofWait: isHalt ? toldOfWait(spent, waits, visit) : [],
    accountId: spent.accountId,
    methodId: spent.methodId,
    end: mayEnd(spent) ? { facts: factsOfAsked(spent), messages: toldOfEnd(spent, visit) } : undefined,
    kind: isHalt ? "second-step-waits" : "second-step-failed",
    facts: { method: kind, reason: hint?.kind ?? reason, ...(isMethodWaiting ? { scope: "one" } : {}) },
    now: visit.now,
    address: visit.address,
    browser: visit.browser,
  });
  if (waits) return refuse("waits", { retryAt: spent.lockedUntil ?? undefined });
  if (spent.triesLeft === 0) return refuse("no-tries-left", hint && { hint });
  if (isMethodDisabled) return refuse("method-gone");
  if (isMethodWaiting) return refuse("method-waits", { retryAt: spent.methodWaitsUntil ?? undefined });
  return refuse(reason, {
    triesLeft: spent.triesLeft,
    method: kind,
    ...(hint && { hint }),
    ...(reason === "malformed" ? {} : plainly(spent, kind)),
  });
}

/** A recovery code that is about to be spent: the event and the mail that are written in the same statement. */
function noteOf(spent: SpentTry, visit: Visit): UsedUp["note"] {
  const left = spent.recoveryCodes.filter(({ usedAt }) => usedAt === null).length - 1;
  return { facts: { left }, messages: toldOfCode(spent, left, visit) };
}
