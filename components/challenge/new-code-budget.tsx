import { words } from "@/lib/words";

/** How much more may be sent to a number, and the whole seconds until the next code may be asked for. */
export type NewCodeBudget = { readonly note?: string; readonly waitSeconds?: number };

/** Said beside a button that sends a new code. The seconds are as of now; our module counts them down. */
export function BudgetNotes({ note, waitSeconds }: NewCodeBudget) {
  return (
    <>
      {waitSeconds === undefined ? null : <Countdown seconds={waitSeconds} />}
      {note === undefined ? null : <p className="quiet">{note}</p>}
    </>
  );
}

function Countdown({ seconds }: { seconds: number }) {
  const [before, after] = words("line")("budget.wait").split("#");
  return (
    <p className="quiet" data-countdown="">
      {before}
      <span>{seconds}</span>
      {after}
      <script type="module" src="/enhance/countdown.js" />
    </p>
  );
}
