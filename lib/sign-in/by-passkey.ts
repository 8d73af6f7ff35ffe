import "server-only";
import { randomUUID } from "node:crypto";
import { currentLanguage } from "@/lib/kernel/language";
import { numbers } from "@/lib/kernel/numbers";
import { ok, type Result, refuse } from "@/lib/kernel/result";
import { hashToken, randomToken } from "@/lib/kernel/secrets";
import type { Visit } from "@/lib/kernel/visit";
import { addressBudget, budgetColumns } from "@/lib/limits";
import {
  type ChallengeUse,
  credentialKey,
  issueChallenge,
  listActiveMethods,
  readAssertion,
  readChallenge,
  readClientData,
  requestOptions,
  sealMethodData,
  verifyAnswer,
} from "@/lib/methods";
import { presentedTokens } from "@/lib/trusted-devices";
import { noticeCopy } from "./copies";
import {
  type Admitted,
  type BrowserCookies,
  deviceChange,
  formerTokenHash,
  type Overtaken,
  type ProofSession,
} from "./posts";
import { finishProof } from "./proofs";
import { aloneRefusal } from "./rules";
import { admitWithPasskey, rememberLanguage } from "./store/admissions";
import { type PasskeyCandidate, spendPasskeyTry } from "./store/passkeys";
import { isOvertaken } from "./store/proofs";
import { recordFailure } from "./store/tries";
import type { UsedPasskey } from "./store/used-up";
import { toldOfSignIn } from "./told";
import { openRow } from "./usable";

/** Why a passkey alone did not open the account. */
export type PasskeyRefusal =
  | "malformed"
  | "wrong"
  | "expired"
  | "used"
  | "copied"
  /** The credential is nobody's: it was removed here, or never added. */
  | "unknown"
  /** It did not check who is there, so it is the second step only. */
  | "not-verified"
  | "waits"
  | "limit";

/** What the sign-in page asks the browser's dialog: any passkey of this site. Says nothing of any account (AT-094). */
export const passkeyOptionsForSignIn = (now: Date) =>
  requestOptions(issueChallenge({ purpose: "sign-in" }, now));

/** What "Sign in again" asks the browser's dialog; undefined while the account has no passkey. */
export async function passkeyOptionsForProof(session: Pick<ProofSession, "id" | "accountId">, now: Date) {
  const { methods } = await listActiveMethods(session.accountId);
  const passkeys = methods.flatMap((method) => (method.kind === "passkey" ? [method.data] : []));
  if (passkeys.length === 0) return undefined;
  return requestOptions(issueChallenge({ purpose: "proof", sessionId: session.id }, now), passkeys);
}

/**
 * Judges a passkey that is to be both steps at once: challenge and budgets spent first, then everything compared. A
 * wait of the account's second step holds here as on every other way (AT-030), and is looked at before the signature.
 */
async function judgePasskey(
  input: { readonly credential: string; readonly devices: string | undefined },
  use: ChallengeUse,
  visit: Visit,
): Promise<Result<{ used: UsedPasskey; candidate: PasskeyCandidate }, PasskeyRefusal>> {
  const response = readAssertion(input.credential);
  const said = response && readClientData(response.response.clientDataJSON);
  if (response === undefined || said === undefined) return refuse("malformed");
  const goodUntil = readChallenge(said.challenge, use, visit.now);
  if (goodUntil === "expired") return refuse("expired");
  if (goodUntil === "foreign") return refuse("wrong");

  const { addressMinute, addressHour } = numbers.passkey;
  const candidate = await spendPasskeyTry({
    credentialKey: credentialKey(response.id),
    challengeHash: hashToken(said.challenge),
    expiresAt: goodUntil,
    budgets: budgetColumns([
      addressBudget("passkey-minute", visit.address, addressMinute),
      addressBudget("passkey-hour", visit.address, addressHour),
    ]),
    tokens: presentedTokens(input.devices),
    now: visit.now,
    address: visit.address,
  });
  if (candidate.refused !== null) return refuse("limit", { retryAt: candidate.retryAt ?? undefined });
  if (!candidate.isSpent) return refuse("used");
  const { accountId, lockedUntil } = candidate;
  const method =
    candidate.method === null || accountId === null ? undefined : openRow(candidate.method, accountId);
  if (accountId === null || method?.kind !== "passkey")
    return refuse(candidate.mayComeBack ? "wrong" : "unknown");
  if (lockedUntil !== null && lockedUntil > visit.now) return refuse("waits", { retryAt: lockedUntil });

  const judged = await verifyAnswer("passkey", input.credential, {
    now: visit.now,
    accountId,
    data: method.data,
    counter: method.counter,
    codes: [],
    recoveryCodes: [],
    isSentCode: () => false,
    isChallenge: (challenge) => challenge === said.challenge,
  });
  if (!judged.ok) {
    // The signature was right and the count was not: its owner should see that (AT-092).
    if (judged.reason === "copied")
      await recordFailure({
        attemptId: null,
        sessionId: null,
        messages: [],
        accountId,
        methodId: method.id,
        kind: "second-step-failed",
        facts: { method: "passkey", reason: "copied" },
        now: visit.now,
        address: visit.address,
        browser: visit.browser,
      });
    return refuse(judged.reason);
  }
  const { counter = 0n, data, isUserVerified = false } = judged.value;
  const why = aloneRefusal({ isUserVerified });
  if (why !== undefined) return refuse(why);
  const sealed = sealMethodData("Method", { id: method.id, accountId }, data);
  return ok({ used: { methodId: method.id, accountId, counter, data: sealed }, candidate });
}

/**
 * Signs in with a passkey and nothing else: no address, no password, no code. Refused without user verification, and for
 * a challenge that was answered before. "unknown" and "wrong" are one sentence on the page, so that nobody learns by it
 * which credentials there are.
 */
export async function signInByPasskey(
  credential: string,
  cookies: BrowserCookies,
  visit: Visit,
): Promise<Result<Admitted, PasskeyRefusal>> {
  const judged = await judgePasskey({ credential, devices: cookies.devices }, { purpose: "sign-in" }, visit);
  if (!judged.ok) return judged;
  const { used, candidate } = judged.value;
  const { email, copiedTokenHash } = candidate;
  if (email !== null)
    await noticeCopy({ accountId: used.accountId, email, copiedTokenHash }, "passkey", visit);
  const sessionToken = randomToken();
  const device = deviceChange(
    cookies.devices,
    { id: candidate.deviceId, tokenHash: candidate.deviceTokenHash },
    null,
  );
  const isAdmitted = await admitWithPasskey(
    {
      sessionId: randomUUID(),
      sessionTokenHash: hashToken(sessionToken),
      formerTokenHash: formerTokenHash(cookies.session),
      methodKind: "passkey",
      eventFacts: { method: "passkey", reason: "passkey" },
      device: device.change,
      messages:
        candidate.email === null
          ? []
          : toldOfSignIn(
              { ...candidate, accountId: used.accountId, email: candidate.email },
              { isNew: candidate.deviceId === null, isTrusting: false, method: "passkey" },
              visit,
            ),
      now: visit.now,
      address: visit.address,
      browser: visit.browser,
    },
    used,
  );
  // Removed, counted on or made to wait since it was read.
  if (!isAdmitted) return refuse("used");
  await rememberLanguage({ accountId: used.accountId, language: candidate.language }, currentLanguage());
  return ok({
    kind: "admitted",
    admission: { accountId: used.accountId, sessionToken },
    deviceCookie: device.cookie,
  });
}

/**
 * "Sign in again" by a passkey alone: password and second step of the fresh proof at once, with user verification, for
 * this session and its own account only (AT-088).
 */
export async function proveByPasskey(
  credential: string,
  session: ProofSession,
  visit: Visit,
): Promise<Result<Admitted, PasskeyRefusal | Overtaken>> {
  const use = { purpose: "proof", sessionId: session.id } as const;
  const judged = await judgePasskey({ credential, devices: undefined }, use, visit);
  if (!judged.ok)
    return judged.reason === "used" && (await isOvertaken(session)) ? refuse("overtaken") : judged;
  const { used } = judged.value;
  if (used.accountId !== session.accountId) return refuse("wrong");
  const facts = { giveBackKeys: [], provenFor: null, eventFacts: { method: "passkey" } };
  const proven = await finishProof(session, { kind: "passkey", used }, facts, visit);
  if (proven === undefined) return refuse((await isOvertaken(session)) ? "overtaken" : "used");
  return ok(proven);
}
