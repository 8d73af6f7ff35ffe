/**
 * "Copy" and "Print" beside a list of recovery codes. Both buttons are hidden until this runs, because without it they
 * would do nothing; the download and the browser's own print work without.
 */
const list = document.querySelector<HTMLElement>("[data-codes]");
const copy = document.querySelector<HTMLButtonElement>("[data-codes-copy]");
const printer = document.querySelector<HTMLButtonElement>("[data-codes-print]");
const copied = document.querySelector<HTMLElement>("[data-codes-copied]");

const textOf = (codes: HTMLElement): string =>
  [...codes.querySelectorAll("code")].map((code) => code.textContent).join("\n");

// Only where the browser lets a page write there: over https or on this machine.
if (list && copy && copied && navigator.clipboard) {
  copy.hidden = false;
  copy.addEventListener("click", () => {
    navigator.clipboard.writeText(textOf(list)).then(
      () => {
        copied.textContent = copied.dataset.codesCopied ?? "";
      },
      () => {
        // The browser said no: the codes can be marked and copied by hand.
      },
    );
  });
}
if (printer) {
  printer.hidden = false;
  printer.addEventListener("click", () => window.print());
}
