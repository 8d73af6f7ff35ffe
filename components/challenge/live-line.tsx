import type { ReactNode } from "react";
import { Button } from "@/components/ui/button";
import { Form } from "@/components/ui/form";
import { words } from "@/lib/words";

/** What became of a code's message, in words, and what to do when it does not come. */
export type LiveLineFacts = {
  /** Where the code is, for under the heading; undefined while it is not on its way. */
  readonly sent?: string;
  readonly text: string;
  /** Where the module of this page asks for the line again. */
  readonly api: "/api/line/sign-in" | "/api/line/proof" | "/api/line/enrolment";
  /** This very page, for who looks again without the module. */
  readonly pageHref: string;
  /** Delivered or failed: nothing will be added. */
  readonly isSettled: boolean;
  /**
   * The next best way. It stands there from the start and is shown when the code is late or failed: by the server, by the
   * module, and where neither is asked again by the style sheet, 20 s after the page came.
   */
  readonly offer:
    | { readonly way: string; readonly button: string; readonly note?: string; readonly isShown: boolean }
    | undefined;
};

type LiveLineProps = {
  line: LiveLineFacts;
  offerAction: (form: FormData) => void;
  /** The sentence which code to type, where none under the heading says it. */
  children?: ReactNode;
};

/**
 * The line that tells what happened to the message. The server says it anew at each look; on a browser that runs our
 * module it does so by itself.
 */
export function LiveLine({ line, offerAction, children }: LiveLineProps) {
  const t = words("line");
  const { offer } = line;
  return (
    <div className="live-line" data-line={line.isSettled ? undefined : line.api}>
      <p role="status" data-line-text="">
        {line.text}
      </p>
      {children}
      {line.isSettled ? null : (
        <p data-line-again="">
          <a href={line.pageHref}>{t("again")}</a>
        </p>
      )}
      {offer === undefined ? null : (
        <div
          className={line.isSettled || offer.isShown ? "live-offer" : "live-offer live-offer-late"}
          data-line-offer=""
          hidden={!offer.isShown}
        >
          <p>{t("offer.lead")}</p>
          <Form action={offerAction} isInline>
            <input type="hidden" name="way" value={offer.way} />
            <Button variant="secondary">{offer.button}</Button>
          </Form>
          {offer.note === undefined ? null : <p className="quiet">{offer.note}</p>}
        </div>
      )}
      {line.isSettled ? null : <script type="module" src="/enhance/live-line.js" />}
      <script type="module" src="/enhance/web-otp.js" />
    </div>
  );
}
