import { numbers } from "@/lib/kernel/numbers";
import { siteHost, siteName } from "@/lib/kernel/site";
import type { MadePasskey, PasskeyData } from ".";
import { userHandleOf } from "./credential";

/** COSE algorithms: ES256, EdDSA and RS256, which every authenticator has one of. */
export const algorithms = [-7, -8, -257] as const;

const descriptorsOf = (passkeys: readonly PasskeyData[]) =>
  passkeys
    .filter((passkey): passkey is MadePasskey => passkey.state === "made")
    .map(({ credentialId, transports }) => ({ id: credentialId, type: "public-key", transports }));

/**
 * What the browser's dialog is asked to use (PublicKeyCredentialRequestOptionsJSON): one of these passkeys, or, without
 * any, whichever of this site the person picks.
 */
export const requestOptions = (challenge: string, passkeys: readonly PasskeyData[] = []) => ({
  challenge,
  rpId: siteHost(),
  timeout: numbers.passkey.dialog,
  userVerification: "preferred",
  allowCredentials: descriptorsOf(passkeys),
});

/** What the browser's dialog is asked to make (PublicKeyCredentialCreationOptionsJSON): never a second one in one place. */
export const creationOptions = (
  challenge: string,
  account: { readonly id: string; readonly email: string; readonly name: string },
  passkeys: readonly PasskeyData[],
) => ({
  challenge,
  rp: { id: siteHost(), name: siteName() },
  user: { id: userHandleOf(account.id), name: account.email, displayName: account.name },
  pubKeyCredParams: algorithms.map((alg) => ({ type: "public-key", alg })),
  timeout: numbers.passkey.dialog,
  attestation: "none",
  authenticatorSelection: { residentKey: "preferred", userVerification: "preferred" },
  excludeCredentials: descriptorsOf(passkeys),
});

/** What the Signal API is told (WebAuthn L3 5.1.10): which passkeys of this account are good, and how it is called. */
export const signalsOf = (
  account: { readonly id: string; readonly email: string; readonly name: string },
  passkeys: readonly PasskeyData[],
) => ({
  accepted: {
    rpId: siteHost(),
    userId: userHandleOf(account.id),
    allAcceptedCredentialIds: descriptorsOf(passkeys).map(({ id }) => id),
  },
  details: {
    rpId: siteHost(),
    userId: userHandleOf(account.id),
    name: account.email,
    displayName: account.name,
  },
});
