/** Uses a passkey by the browser's own dialog, and on the sign-in page also by the autofill of the field "E-mail". */
import { browserSupportsWebAuthnAutofill, startAuthentication } from "@simplewebauthn/browser";
import { askAtPress, formOf, optionsOf, send } from "./inside/ask";

const openedAt = Date.now();

async function offerInField(form: HTMLFormElement): Promise<void> {
  if (!(await browserSupportsWebAuthnAutofill())) return;
  try {
    send(form, await startAuthentication({ optionsJSON: optionsOf(form), useBrowserAutofill: true }));
  } catch {
    // Another dialog was opened, or nothing was chosen: the button and the password are there.
  }
}

/** A page that was left open past its challenge asks for a new one when somebody comes back to it, before they type. */
function renewWhenOld(form: HTMLFormElement): void {
  document.addEventListener("visibilitychange", () => {
    const isOld = Date.now() - openedAt > Number(form.dataset.passkeyLives);
    const fields = document.querySelectorAll<HTMLInputElement>("input[type=email], input[type=password]");
    if (!document.hidden && isOld && [...fields].every(({ value }) => value === "")) location.reload();
  });
}

type Signals = {
  signalUnknownCredential?: (gone: { rpId: string; credentialId: string }) => Promise<void>;
};

/** The site does not know this credential (any more), so whatever keeps it need not offer it again (Signal API). */
async function forget(form: HTMLFormElement, credentialId: string): Promise<void> {
  const { signalUnknownCredential } = PublicKeyCredential as unknown as Signals;
  const gone = { rpId: optionsOf(form).rpId, credentialId };
  await signalUnknownCredential?.call(PublicKeyCredential, gone).catch(() => {});
}

async function prepare(form: HTMLFormElement): Promise<void> {
  const inField = () => void (form.dataset.passkeyLives && offerInField(form));
  askAtPress(form, () => startAuthentication({ optionsJSON: optionsOf(form) }), inField);
  if (form.dataset.passkeyUnknown) await forget(form, form.dataset.passkeyUnknown);
  inField();
  if (form.dataset.passkeyLives) renewWhenOld(form);
}

for (const block of document.querySelectorAll<HTMLElement>("[data-passkey=use]")) {
  const form = formOf(block);
  if (form) prepare(form);
}
