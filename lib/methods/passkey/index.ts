import { z } from "zod";
import { ok, type Result, refuse } from "@/lib/kernel/result";
import { siteHost, siteUrl } from "@/lib/kernel/site";
import type { Acceptance, AnswerReason, Evidence, Method } from "../method";
import { authenticatorName } from "./authenticators";
import { readAssertion, readAttestation, readClientData, transport, userHandleOf } from "./credential";
import { algorithms } from "./options";

// Loaded with the first passkey: it is the heaviest of the libraries, and most of what imports methods checks none.
const library = () => import("@simplewebauthn/server");

const base64url = z.string().regex(/^[A-Za-z0-9_-]+$/);

const made = z.strictObject({
  state: z.literal("made"),
  credentialId: base64url,
  /** COSE, as the authenticator gave it. */
  publicKey: base64url,
  transports: z.array(transport),
  aaguid: z.string(),
  /** Backup eligible: it may be on more than one device (WebAuthn L3 6.1.3). */
  isSyncable: z.boolean(),
  /** Backup state as of the last answer. */
  isBackedUp: z.boolean(),
  /** Whether the last answer said that it checked who is there, by a PIN or a fingerprint. */
  isUserVerified: z.boolean(),
});

const asked = z.strictObject({
  state: z.literal("asked"),
  /** The browser makes it by itself: nobody is asked to touch anything (WebAuthn L3 5.1.3, conditional creation). */
  isSilent: z.boolean().optional(),
});

const data = z.discriminatedUnion("state", [asked, made]);

/** A passkey: asked for and not made yet, or made. */
export type PasskeyData = z.output<typeof data>;
export type MadePasskey = z.output<typeof made>;

// A key of its own that is carried from one computer to another, and not part of one.
const isRoaming = ({ transports }: MadePasskey): boolean =>
  transports.some((name) => ["usb", "nfc", "ble", "smart-card"].includes(name)) &&
  !transports.some((name) => ["internal", "hybrid"].includes(name));

const formOf = (passkey: MadePasskey): "synced" | "bound" | "key" => {
  if (passkey.isBackedUp) return "synced";
  return isRoaming(passkey) ? "key" : "bound";
};

/** A passkey in a phone or computer, or on a security key, by WebAuthn and the browser's own dialog. */
export const passkey: Method<PasskeyData, Record<string, never>> = {
  name: "passkey",
  role: "everyday",
  data,
  // What must not be there twice is the credential, in the whole site and not in one account: `credential` of its row.
  identity: () => null,
  describe: (passkey) =>
    passkey.state === "asked"
      ? { kind: "passkey", form: "bound", authenticator: "unknown" }
      : { kind: "passkey", form: formOf(passkey), authenticator: authenticatorName(passkey.aaguid) },
  enrol: { begin: () => ok({ state: "asked" }) },
  challenge: () => ({ kind: "passkey" }),
  isAnswerShaped: (answer) => readAssertion(answer) !== undefined || readAttestation(answer) !== undefined,
  verify: (answer, evidence) =>
    evidence.data.state === "asked"
      ? verifyMade(answer, evidence, evidence.data.isSilent === true)
      : verifyUsed(answer, { ...evidence, data: evidence.data }),
};

/** Refuses what was made for another challenge, site or frame, or does not hold together. No make is preferred. */
async function verifyMade(
  answer: string,
  { isChallenge }: Pick<Evidence<PasskeyData>, "isChallenge">,
  isSilent: boolean,
): Promise<Result<Acceptance, AnswerReason>> {
  const response = readAttestation(answer);
  const said = response && readClientData(response.response.clientDataJSON);
  if (response === undefined || said === undefined) return refuse("malformed");
  if (isChallenge?.(said.challenge) !== true) return refuse("used");
  if (said.crossOrigin === true) return refuse("wrong");
  const { verifyRegistrationResponse } = await library();
  const verified = await verifyRegistrationResponse({
    response,
    expectedChallenge: said.challenge,
    expectedOrigin: siteUrl(),
    expectedRPID: siteHost(),
    requireUserVerification: false,
    requireUserPresence: !isSilent,
    supportedAlgorithmIDs: [...algorithms],
  }).catch(() => undefined);
  // The answer is an object either way, so it is the flag in it that counts (AT-087).
  if (verified?.verified !== true) return refuse("wrong");
  const { aaguid, credential, credentialBackedUp, credentialDeviceType, userVerified } =
    verified.registrationInfo;
  const passkey: MadePasskey = {
    state: "made",
    credentialId: credential.id,
    publicKey: Buffer.from(credential.publicKey).toString("base64url"),
    transports: transport.array().parse(response.response.transports),
    aaguid,
    isSyncable: credentialDeviceType === "multiDevice",
    isBackedUp: credentialBackedUp,
    isUserVerified: userVerified,
  };
  return ok({ counter: BigInt(credential.counter), data: passkey, isUserVerified: userVerified });
}

/**
 * Refuses another credential's answer (AT-088), one for another challenge, site, frame or purpose (AT-087, AT-090), and
 * one whose sign counter did not go on: then there are two of what should be one (AT-092). A synced passkey counts
 * nothing and says 0 each time.
 */
async function verifyUsed(
  answer: string,
  { accountId, counter: stored, data: passkey, isChallenge }: Evidence<MadePasskey>,
): Promise<Result<Acceptance, AnswerReason>> {
  const response = readAssertion(answer);
  const said = response && readClientData(response.response.clientDataJSON);
  if (response === undefined || said === undefined) return refuse("malformed");
  if (isChallenge?.(said.challenge) !== true) return refuse("used");
  const { userHandle } = response.response;
  if (response.id !== passkey.credentialId || said.crossOrigin === true) return refuse("wrong");
  if (userHandle !== undefined && userHandle !== userHandleOf(accountId)) return refuse("wrong");
  const { verifyAuthenticationResponse } = await library();
  const verified = await verifyAuthenticationResponse({
    response,
    expectedChallenge: said.challenge,
    expectedOrigin: siteUrl(),
    expectedRPID: siteHost(),
    requireUserVerification: false,
    credential: {
      id: passkey.credentialId,
      publicKey: new Uint8Array(Buffer.from(passkey.publicKey, "base64url")),
      // The library looks at the counter before the signature, and a stranger's number must say nothing: it is ours.
      counter: 0,
    },
  }).catch(() => undefined);
  if (verified?.verified !== true) return refuse("wrong");
  const { newCounter, credentialBackedUp, userVerified } = verified.authenticationInfo;
  const counter = BigInt(newCounter);
  if (counter <= (stored ?? 0n) && (counter > 0n || (stored ?? 0n) > 0n)) return refuse("copied");
  return ok({
    counter,
    data: { ...passkey, isBackedUp: credentialBackedUp, isUserVerified: userVerified },
    isUserVerified: userVerified,
  });
}
