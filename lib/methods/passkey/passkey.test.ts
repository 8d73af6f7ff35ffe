import { describe, expect, test } from "vitest";
import { methodWords } from "../names";
import { type MadePasskey, passkey } from ".";
import { authenticatorName } from "./authenticators";
import { credentialKey, readAssertion, readAttestation, readClientData, userHandleOf } from "./credential";

const made = (facts: Partial<MadePasskey>): MadePasskey => ({
  state: "made",
  credentialId: "aWQ",
  publicKey: "a2V5",
  transports: ["internal"],
  aaguid: "00000000-0000-0000-0000-000000000000",
  isSyncable: false,
  isBackedUp: false,
  isUserVerified: true,
  ...facts,
});

test.each([
  [{ isSyncable: true, isBackedUp: true }, "Passkey, synced between your devices"],
  [
    { isSyncable: true, isBackedUp: true, aaguid: "ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4" },
    "Passkey in Google Password Manager, synced between your devices",
  ],
  // It could be on other devices, and is not: losing this one loses it.
  [{ isSyncable: true }, "Passkey, bound to one device"],
  [{ aaguid: "08987058-cadc-4b81-b6e1-30de50dcbe96" }, "Passkey in Windows Hello, bound to one device"],
  [{ transports: ["usb", "nfc"] }, "Security key, bound to one device"],
  [
    { transports: ["usb", "nfc"], aaguid: "2fc0579f-8113-47ea-b116-bb5a8db9202a" },
    "Security key YubiKey 5 Series with NFC, bound to one device",
  ],
  // A phone by a QR code is no key of its own.
  [{ transports: ["hybrid", "internal"] }, "Passkey, bound to one device"],
  [{ transports: [] }, "Passkey, bound to one device"],
] satisfies [Partial<MadePasskey>, string][])("%o is called: %s", (facts, name) => {
  expect(methodWords.name(passkey.describe(made(facts)))).toBe(name);
});

test("a make that is not on the list is unknown, and so is a word of JavaScript", () => {
  expect(authenticatorName("11111111-1111-1111-1111-111111111111")).toBe("unknown");
  expect(authenticatorName("constructor")).toBe("unknown");
  expect(authenticatorName("__proto__")).toBe("unknown");
});

const assertion = {
  id: "aWQ",
  rawId: "aWQ",
  type: "public-key",
  response: { clientDataJSON: "e30", authenticatorData: "AAAA", signature: "AAAA" },
};

describe("what a browser sends is strings of base64url and nothing else", () => {
  test("a whole answer is read; what is besides is left out", () => {
    const read = readAssertion(JSON.stringify({ ...assertion, clientExtensionResults: { a: 1 }, more: {} }));
    expect(read).toEqual({ ...assertion, clientExtensionResults: {} });
  });

  test.each([
    ["no JSON", "{"],
    ["a number for an id", JSON.stringify({ ...assertion, id: 1 })],
    ["an operator for an id", JSON.stringify({ ...assertion, id: { not: "" } })],
    ["an id with a blank", JSON.stringify({ ...assertion, id: "a b" })],
    ["another type", JSON.stringify({ ...assertion, type: "password" })],
    ["no response", JSON.stringify({ ...assertion, response: undefined })],
    ["no signature", JSON.stringify({ ...assertion, response: { ...assertion.response, signature: "" } })],
    ["more than a form may hold", JSON.stringify({ ...assertion, more: "x".repeat(20_000) })],
  ])("%s is no answer", (_what, text) => {
    expect(readAssertion(text)).toBeUndefined();
  });

  test("an answer is no new passkey, and a new passkey no answer", () => {
    const attestation = {
      ...assertion,
      response: { clientDataJSON: "e30", attestationObject: "AAAA", transports: ["usb", "telepathy"] },
    };
    expect(readAttestation(JSON.stringify(attestation))?.response.transports).toEqual(["usb"]);
    expect(readAssertion(JSON.stringify(attestation))).toBeUndefined();
    expect(readAttestation(JSON.stringify(assertion))).toBeUndefined();
  });

  test.each([["e30"], ["AAAA"], [Buffer.from('{"challenge":1}').toString("base64url")]])(
    "client data without a challenge is none: %s",
    (text) => {
      expect(readClientData(text)).toBeUndefined();
    },
  );
});

test("a user handle is the same each time, another for each account, and says nothing of its id", () => {
  const id = "3f0e8a52-5a55-4d0c-9d3e-0f4a5a1b2c3d";
  expect(userHandleOf(id)).toBe(userHandleOf(id));
  expect(userHandleOf(id)).not.toBe(userHandleOf(id.replace("3", "4")));
  expect(Buffer.from(userHandleOf(id), "base64url")).toHaveLength(32);
  expect(credentialKey("aWQ")).not.toContain("aWQ");
});
