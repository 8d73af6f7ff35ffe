import { createHash } from "node:crypto";
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from "@simplewebauthn/server";
import { z } from "zod";
import { numbers } from "@/lib/kernel/numbers";
import { hashToken } from "@/lib/kernel/secrets";

const base64url = z.string().regex(/^[A-Za-z0-9_-]+$/);

// Strings only, and nothing that was not looked at: what a browser adds besides is left out (WebAuthn L3 5.1).
const assertion = z
  .object({
    id: base64url.max(1400),
    rawId: base64url,
    type: z.literal("public-key"),
    response: z.object({
      clientDataJSON: base64url,
      authenticatorData: base64url,
      signature: base64url,
      userHandle: base64url.optional(),
    }),
  })
  .transform((value): AuthenticationResponseJSON => ({ ...value, clientExtensionResults: {} }));

const transports = ["ble", "cable", "hybrid", "internal", "nfc", "smart-card", "usb"] as const;
export type Transport = (typeof transports)[number];
export const transport = z.enum(transports);

const attestation = z
  .object({
    id: base64url.max(1400),
    rawId: base64url,
    type: z.literal("public-key"),
    response: z.object({
      clientDataJSON: base64url,
      attestationObject: base64url,
      transports: z
        .array(z.string())
        .max(20)
        .optional()
        .transform((list = []) => list.flatMap((name) => transport.safeParse(name).data ?? [])),
    }),
  })
  .transform((value): RegistrationResponseJSON => ({ ...value, clientExtensionResults: {} }));

function parse<T>(answer: string, shape: z.ZodType<T>): T | undefined {
  if (answer.length > numbers.passkey.answerCharacters) return undefined;
  try {
    return shape.safeParse(JSON.parse(answer)).data;
  } catch {
    return undefined;
  }
}

/** A passkey's answer to a challenge; undefined for anything that is none. */
export const readAssertion = (answer: string): AuthenticationResponseJSON | undefined =>
  parse(answer, assertion);

/** A passkey that was just made; undefined for anything that is none. */
export const readAttestation = (answer: string): RegistrationResponseJSON | undefined =>
  parse(answer, attestation);

const clientData = z.object({ challenge: base64url, crossOrigin: z.boolean().optional() });

/** What the browser says of an answer: for which challenge, and whether from inside a foreign frame. */
export function readClientData(clientDataJSON: string): z.output<typeof clientData> | undefined {
  try {
    return clientData.safeParse(JSON.parse(Buffer.from(clientDataJSON, "base64url").toString("utf8"))).data;
  } catch {
    return undefined;
  }
}

/** By what a row is found when only the credential's id is known. */
export const credentialKey = (credentialId: string): string => hashToken(credentialId);

/**
 * What an authenticator keeps as the user of a passkey: always the same for an account, so that one authenticator holds
 * one entry of it, and not the account's id, which leaves the site nowhere (WebAuthn L3 14.6.1).
 */
export const userHandleOf = (accountId: string): string =>
  createHash("sha256").update(`latchkey passkey user ${accountId}`).digest("base64url");
