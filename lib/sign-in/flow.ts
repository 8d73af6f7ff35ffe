/** The sign-in: its first post, the password; its second, the code; and its end, signing out. */
import "server-only";
import { randomUUID } from "node:crypto";
import { record } from "@/lib/activity";
import { inTransaction } from "@/lib/db";
import { after } from "@/lib/kernel/durations";
import { currentLanguage } from "@/lib/kernel/language";
import { numbers } from "@/lib/kernel/numbers";
import { ok, type Result, refuse } from "@/lib/kernel/result";
import { hashToken, randomToken } from "@/lib/kernel/secrets";
import { isTwoStepRequired } from "@/lib/kernel/site";
import { isTokenShaped } from "@/lib/kernel/token-shape";
import type { Visit } from "@/lib/kernel/visit";
import { deleteSessionByToken } from "@/lib/sessions";
import { judgeAnswer, plainly } from "./answers";
import { openAndSend } from "./codes";
import { noticeCopy } from "./copies";
import { comparePassword, type RightPassword, rehash } from "./password";
import {
  type Admitted,
  type AnswerRefusal,
  type Asked,
  type BeginReason,
  type BrowserCookies,
  deviceChange,
  formerTokenHash,
} from "./posts";
import { firstAsked, judgeSignIn, ready, type Verdict } from "./rules";
import { admitWithoutSecondStep, admitWithSecondStep, rememberLanguage } from "./store/admissions";
import { toldOfSignIn } from "./told";
import { isLocked, mayOfferTrust, openRows } from "./usable";

/**
 * The first post of a sign-in: limits, password, then the checks of rules.ts. Nothing to ask: a session. Else one
 * attempt, its first code sent within this request; no session and nothing like half of one.
 */
export async function begin(
  input: { readonly email: string; readonly password: string },
  cookies: BrowserCookies,
  visit: Visit,
): Promise<Result<Admitted | Asked, BeginReason>> {
  const compared = await comparePassword(input.email, input.password, cookies.devices, visit, {
    purpose: "sign-in",
  });
  if (!compared.ok) return compared;
  const { candidate } = compared.value;
  const isCopied = await noticeCopy(candidate, "password", visit);

  const verdict = judgeSignIn({
    now: visit.now,
    isTwoStepOn: candidate.twoStepOnAt !== null,
    isRequired: isTwoStepRequired(),
    device:
      candidate.deviceId === null
        ? undefined
        : {
            trustedUntil: candidate.trustedUntil,
            trustEndedAt: candidate.deviceTrustEndedAt,
            trustEndedBecause: candidate.deviceTrustEndedBecause,
          },
    isCopied,
  });

  const posted = verdict.ask
    ? await askSecondStep(verdict, compared.value, visit)
    : await admitAtOnce(verdict, compared.value, cookies, visit);
  // Changed meanwhile: whoever knows the new state signs in by it.
  if (posted === undefined) return refuse("wrong-password");
  await rehash(candidate.accountId, candidate.passwordHash, input.password);
  return ok(posted);
}

/** Opens the attempt and sends its first code; undefined when the account changed since the password was compared. */
function askSecondStep(
  verdict: Verdict & { readonly ask: true },
  { candidate, spentKeys }: RightPassword,
  visit: Visit,
): Promise<Asked | undefined> {
  const { accountId, passwordHash } = candidate;
  const methodsHere = openRows(candidate.methods, accountId);
  return openAndSend(
    {
      accountId,
      purpose: "sign-in",
      sessionId: null,
      reason: verdict.reason,
      reasonAt: verdict.at,
      action: null,
      isLocked: isLocked(candidate, visit),
    },
    firstAsked(ready(methodsHere, visit.now), candidate.lastMethodId),
    methodsHere,
    { passwordHash, spentKeys },
    visit,
  );
}

/** Begins the session, with nothing else to ask; undefined when the account changed since the password was compared. */
async function admitAtOnce(
  verdict: Verdict & { readonly ask: false },
  { candidate, spentKeys }: RightPassword,
  cookies: BrowserCookies,
  visit: Visit,
): Promise<Admitted | undefined> {
  const { accountId, passwordHash } = candidate;
  const sessionToken = randomToken();
  const device = deviceChange(
    cookies.devices,
    { id: candidate.deviceId, tokenHash: candidate.deviceTokenHash },
    null,
  );
  const isAdmitted = await admitWithoutSecondStep(
    {
      sessionId: randomUUID(),
      sessionTokenHash: hashToken(sessionToken),
      formerTokenHash: formerTokenHash(cookies.session),
      methodKind: null,
      eventFacts: { reason: verdict.reason },
      device: device.change,
      messages: toldOfSignIn(
        candidate,
        { isNew: candidate.deviceId === null, isTrusting: false, method: "" },
        visit,
      ),
      now: visit.now,
      address: visit.address,
      browser: visit.browser,
    },
    {
      accountId,
      passwordHash,
      twoStepOnAt: candidate.twoStepOnAt,
      trustEndedAt: candidate.trustEndedAt,
    },
    spentKeys,
  );
  if (!isAdmitted) return undefined;
  await rememberLanguage(candidate, currentLanguage());
  return { kind: "admitted", admission: { accountId, sessionToken }, deviceCookie: device.cookie };
}

/**
 * The second post of a sign-in: a try spent, the answer judged, and then in one statement the proof and the attempt used
 * up, the session, the browser (trusted if that was asked and the method allows it) and the event. Two requests with the
 * same right answer make exactly one session.
 */
export async function answer(
  input: { readonly token: string | undefined; readonly answer: string; readonly isTrustAsked: boolean },
  cookies: BrowserCookies,
  visit: Visit,
): Promise<Result<Admitted, AnswerRefusal>> {
  const judged = await judgeAnswer({ ...input, devices: cookies.devices }, "sign-in", null, visit);
  if (!judged.ok) return judged;
  const { spent, used, kind } = judged.value;
  const isTrusting = input.isTrustAsked && mayOfferTrust(kind);
  const sessionToken = randomToken();
  const device = deviceChange(
    cookies.devices,
    { id: spent.deviceId, tokenHash: spent.deviceTokenHash },
    isTrusting ? after(visit.now, numbers.trustedDevice.lifetime) : null,
  );
  const isAdmitted = await admitWithSecondStep(
    {
      sessionId: randomUUID(),
      sessionTokenHash: hashToken(sessionToken),
      formerTokenHash: formerTokenHash(cookies.session),
      methodKind: kind,
      eventFacts: {
        method: kind,
        reason: spent.reason,
        ...(spent.reasonAt === null ? {} : { since: spent.reasonAt.toISOString() }),
        ...(isTrusting ? { trusted: "yes" } : {}),
      },
      device: device.change,
      messages: toldOfSignIn(spent, { isNew: spent.deviceId === null, isTrusting, method: kind }, visit),
      now: visit.now,
      address: visit.address,
      browser: visit.browser,
    },
    spent.id,
    spent.methodId,
    used,
  );
  // Somebody was faster with the same answer; it is used up, and this request gets nothing.
  if (!isAdmitted) return refuse("used", { method: kind, ...plainly(spent, kind) });
  await rememberLanguage(spent, currentLanguage());
  return ok({
    kind: "admitted",
    admission: { accountId: spent.accountId, sessionToken },
    deviceCookie: device.cookie,
  });
}

/** Ends the session that holds this token, and records it; nothing happens twice. */
export async function signOut(sessionToken: string | undefined, visit: Visit): Promise<void> {
  if (sessionToken === undefined || !isTokenShaped(sessionToken)) return;
  await inTransaction(async (tx) => {
    const ended = await deleteSessionByToken(tx, hashToken(sessionToken));
    if (ended !== undefined) await record(tx, ended.accountId, "signed-out", visit, {}, ended.id);
  });
}
