/**
 * Fills in the code from a text message on phones whose browser offers it (WebOTP): the message names this site on its
 * last line, so no other site can have it. It fills the field and nothing more; the person sends it.
 */
const field = document.querySelector<HTMLInputElement>('input[autocomplete="one-time-code"]');
if (field && "OTPCredential" in window) {
  const leaving = new AbortController();
  field.form?.addEventListener("submit", () => leaving.abort());
  navigator.credentials
    .get({ otp: { transport: ["sms"] }, signal: leaving.signal } as CredentialRequestOptions)
    .then((credential) => {
      const code = (credential as { code?: string } | null)?.code;
      if (code && field.value === "") field.value = code;
    })
    .catch(() => {
      // Refused or timed out: the code is typed.
    });
}
