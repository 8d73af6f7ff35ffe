/** The passkey that is offered after a sign-in, and the one that the browser then makes by itself. */
import "server-only";
import { after } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import { ok, type Result, refuse } from "@/lib/kernel/result";
import { hashToken } from "@/lib/kernel/secrets";
import type { Visit } from "@/lib/kernel/visit";
import {
  creationOptions,
  issueChallenge,
  listActiveMethods,
  type MethodData,
  readAttestation,
  readChallenge,
  readClientData,
  spendChallenge,
  verifyAnswer,
} from "@/lib/methods";
import { listTrustedDevices, tokensInCookie } from "@/lib/trusted-devices";
import { type ConfirmReason, makeMethod } from "./confirm";
import { type JustSignedIn, mayOffer, mayUpgrade } from "./rules";
import type { Owner } from "./standing";
import { hasNoPasskey } from "./store";

/** A session that began a moment ago, as its guard gave it. */
type SignedIn = Owner & {
  readonly name: string;
  readonly createdAt: Date;
  readonly methodKind: string | null;
  readonly twoStepOnAt: Date | null;
};

async function justSignedIn(session: SignedIn): Promise<JustSignedIn> {
  const { methods } = await listActiveMethods(session.accountId);
  return {
    signedInAt: session.createdAt,
    methodKind: session.methodKind,
    isOn: session.twoStepOnAt !== null,
    methods: methods.length,
    hasPasskey: methods.some(({ kind }) => kind === "passkey"),
  };
}

/**
 * What Your Account offers after a sign-in with a password and a code to whoever has no passkey: a link to where one is
 * added, and where the sign-in was good enough for it what the browser may make by itself. Undefined for everybody else.
 */
export async function passkeyOffer(
  session: SignedIn,
  now: Date,
): Promise<{ readonly toMake: ReturnType<typeof creationOptions> | undefined } | undefined> {
  // Most views of the page are long after the sign-in, and cost no query.
  if (now >= after(session.createdAt, numbers.passkey.offeredFor) || session.methodKind === null)
    return undefined;
  const signedIn = await justSignedIn(session);
  if (!mayOffer(signedIn, now)) return undefined;
  if (!mayUpgrade(signedIn, now)) return { toMake: undefined };
  const challenge = issueChallenge({ purpose: "upgrade", sessionId: session.id }, now);
  const { accountId, email, name } = session;
  return { toMake: creationOptions(challenge, { id: accountId, email, name }, []) };
}

/**
 * Adds a passkey that the browser made by itself after a sign-in with the password and the app (conditional creation).
 * The sign-in stands in for the fresh proof: this session, at most numbers.passkey.offeredFor old, with the strongest
 * method of the account. A security change like every other, but a browser that was trusted a moment ago stays so: its
 * owner asked for that, and not for this.
 */
export async function addPasskeyOfBrowser(
  credential: string,
  session: SignedIn,
  deviceCookie: string | undefined,
  visit: Visit,
): Promise<Result<{ readonly deviceCookie: string | undefined }, ConfirmReason>> {
  const said = readClientData(readAttestation(credential)?.response.clientDataJSON ?? "");
  if (said === undefined) return refuse("malformed");
  const goodUntil = readChallenge(said.challenge, { purpose: "upgrade", sessionId: session.id }, visit.now);
  if (!(goodUntil instanceof Date) || !mayUpgrade(await justSignedIn(session), visit.now))
    return refuse("gone");
  if (!(await spendChallenge(said.challenge, goodUntil))) return refuse("gone");
  const judged = await verifyAnswer("passkey", credential, {
    now: visit.now,
    accountId: session.accountId,
    data: { state: "asked", isSilent: true },
    counter: null,
    codes: [],
    recoveryCodes: [],
    isChallenge: (challenge) => challenge === said.challenge,
    isSentCode: () => false,
  });
  if (!judged.ok) return refuse(judged.reason);
  const hashes = tokensInCookie(deviceCookie).map(hashToken);
  const trusted = await listTrustedDevices(session.accountId, visit.now);
  const isTrusted = trusted.some(({ tokenHash }) => hashes.includes(tokenHash));
  const made = await makeMethod(
    {
      purpose: "additional",
      burntSteps: [],
      take: (tx) => hasNoPasskey(tx, session.accountId),
      byBrowser: { trustedCookie: isTrusted ? deviceCookie : undefined },
    },
    { kind: "passkey", data: judged.value.data } as MethodData,
    judged.value,
    session,
    visit,
  );
  return made.ok ? ok({ deviceCookie: made.value.deviceCookie }) : made;
}
