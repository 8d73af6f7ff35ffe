/** Tells whatever keeps the passkeys which of them are still good here, and how the account is called now (Signal API). */
type Signals = {
  signalAllAcceptedCredentials?: (accepted: object) => Promise<void>;
  signalCurrentUserDetails?: (details: object) => Promise<void>;
};

const signals = (window as { PublicKeyCredential?: Signals }).PublicKeyCredential;
for (const place of document.querySelectorAll<HTMLElement>("[data-passkey-signals]")) {
  const { accepted, details } = JSON.parse(place.dataset.passkeySignals ?? "{}");
  signals?.signalAllAcceptedCredentials?.(accepted).catch(() => {});
  signals?.signalCurrentUserDetails?.(details).catch(() => {});
}
