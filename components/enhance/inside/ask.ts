/**
 * What the modules for passkeys share. A block of a page holds a form whose hidden field takes what the browser's dialog
 * gives, and all the sentences that may be needed; here they are only shown and hidden.
 */
import { browserSupportsWebAuthn } from "@simplewebauthn/browser";

type Said = "cancelled" | "known" | "failed";

/** Shows a block's form; where the browser knows no passkeys, why there is none. */
export function formOf(block: HTMLElement): HTMLFormElement | undefined {
  const isAble = browserSupportsWebAuthn();
  block.querySelector("[data-passkey-needs]")?.remove();
  const unable = block.querySelector<HTMLElement>("[data-passkey-unable]");
  if (unable) unable.hidden = isAble;
  const form = block.querySelector("form");
  if (form) form.hidden = !isAble;
  if (isAble) block.hidden = false;
  return isAble ? (form ?? undefined) : undefined;
}

/** What the dialog is asked, as the server wrote it. */
export const optionsOf = (form: HTMLFormElement) => JSON.parse(form.dataset.passkeyOptions ?? "{}");

/** Sends what the dialog gave. */
export function send(form: HTMLFormElement, credential: unknown): void {
  const field = form.querySelector<HTMLInputElement>("input[name=credential]");
  if (field) field.value = JSON.stringify(credential);
  form.submit();
}

function say(form: HTMLFormElement, said: Said | undefined): void {
  for (const note of form.querySelectorAll<HTMLElement>("[data-passkey-said]"))
    note.hidden = note.dataset.passkeySaid !== said;
}

/** Opens the dialog at each press of the form's button, and sends what it gave or says why it gave nothing. */
export function askAtPress(
  form: HTMLFormElement,
  ask: () => Promise<unknown>,
  afterwards: () => void = () => {},
): void {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    say(form, undefined);
    ask().then(
      (credential) => send(form, credential),
      (error: Error) => {
        // A second press closes the first dialog; there is nothing to say about that.
        if (error.name === "AbortError") return;
        const isKnown = error.name === "InvalidStateError";
        say(form, isKnown ? "known" : error.name === "NotAllowedError" ? "cancelled" : "failed");
        afterwards();
      },
    );
  });
}
