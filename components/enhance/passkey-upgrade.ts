/**
 * Lets the browser make a passkey by itself, right after a sign-in with a saved password (conditional creation). It opens
 * no dialog: a browser that cannot do it, or does not want to, does nothing, and nothing is said.
 */
import { startRegistration } from "@simplewebauthn/browser";
import { optionsOf, send } from "./inside/ask";

type Capable = { getClientCapabilities?: () => Promise<Readonly<Record<string, boolean | undefined>>> };

async function upgrade(form: HTMLFormElement): Promise<void> {
  const { PublicKeyCredential: able } = window as { PublicKeyCredential?: Capable };
  try {
    if ((await able?.getClientCapabilities?.())?.conditionalCreate !== true) return;
    send(form, await startRegistration({ optionsJSON: optionsOf(form), useAutoRegister: true }));
  } catch {
    // Nobody asked for it, so nobody is told that it did not happen. The link is there.
  }
}

for (const form of document.querySelectorAll<HTMLFormElement>("form[data-passkey-upgrade]")) upgrade(form);
