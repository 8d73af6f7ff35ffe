/** Makes a passkey by the browser's own dialog; where one is only chosen, says whether this browser can. */
import { startRegistration } from "@simplewebauthn/browser";
import { askAtPress, formOf, optionsOf } from "./inside/ask";

for (const block of document.querySelectorAll<HTMLElement>("[data-passkey=make], [data-passkey=choose]")) {
  const form = formOf(block);
  if (form && block.dataset.passkey === "make")
    askAtPress(form, () => startRegistration({ optionsJSON: optionsOf(form) }));
}
