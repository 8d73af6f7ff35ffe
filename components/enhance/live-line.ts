/**
 * Looks again at what became of a code's message, so that nobody has to. The words are the server's: this module only
 * puts them where they belong, shows the next best way when the server says so, and gives up after three minutes.
 */
type Answer = {
  text: string;
  offersOther: boolean;
  offer?: { way: string; button: string };
  lookAgainAfter: number | null;
};

const GIVE_UP_AFTER = 180_000; // milliseconds
const AFTER_TROUBLE = 6000;

/** Shows the next best way; why a message failed may make it another one than the page began with. */
function show(offer: HTMLElement, best: Answer["offer"]): void {
  const way = offer.querySelector<HTMLInputElement>("input[name=way]");
  const button = offer.querySelector("button");
  if (best && way && button && way.value !== best.way) {
    way.value = best.way;
    button.textContent = best.button;
  }
  offer.hidden = false;
}

function watch(line: HTMLElement, address: string): void {
  const text = line.querySelector("[data-line-text]");
  const again = line.querySelector<HTMLElement>("[data-line-again]");
  const offer = line.querySelector<HTMLElement>("[data-line-offer]");
  const startedAt = Date.now();
  if (again) again.hidden = true;
  // From here on the server says when, not the style sheet.
  offer?.classList.remove("live-offer-late");

  const look = async (): Promise<void> => {
    let wait: number | null = AFTER_TROUBLE;
    // A page that nobody sees need not ask.
    if (!document.hidden) {
      try {
        const response = await fetch(address, { headers: { Accept: "application/json" } });
        if (response.status === 404) wait = null;
        else if (response.ok) {
          const answer = (await response.json()) as Answer;
          // Only a change is written, so that a screen reader says each state once.
          if (text && text.textContent !== answer.text) text.textContent = answer.text;
          if (offer && answer.offersOther) show(offer, answer.offer);
          wait = answer.lookAgainAfter;
        }
      } catch {
        // Offline for a moment: asked again a little later.
      }
    }
    if (wait !== null && Date.now() - startedAt < GIVE_UP_AFTER) setTimeout(look, wait);
    else if (again && wait !== null) again.hidden = false;
  };
  setTimeout(look, 1500);
}

for (const line of document.querySelectorAll<HTMLElement>("[data-line]"))
  if (line.dataset.line) watch(line, line.dataset.line);
