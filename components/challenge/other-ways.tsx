"use client";

import { useActionState } from "react";
import { Button } from "@/components/ui/button";
import { ErrorSummary } from "@/components/ui/error-summary";
import { Form } from "@/components/ui/form";
import { PageTitle } from "@/components/ui/page-title";
import { words } from "@/lib/words";
import type { CodeState } from "./code-form";
import { BudgetNotes, type NewCodeBudget } from "./new-code-budget";

/** One way to get a code, masked, and what its button says. */
export type Way = { readonly id: string; readonly name: string; readonly button: string } & NewCodeBudget;

type OtherWaysProps = {
  action: (state: CodeState, form: FormData) => Promise<CodeState>;
  site: string;
  ways: readonly Way[];
  /** Why none of them leads on for now; then none is offered. */
  halted: string | undefined;
  backHref: string;
  recoverHref: string;
  newNumberHref: string;
  stolenHref: string;
};

/** Every way of the account to get a code, each with its button. */
export function OtherWays({
  action,
  site,
  ways,
  halted,
  backHref,
  recoverHref,
  newNumberHref,
  stolenHref,
}: OtherWaysProps) {
  const t = words("signIn");
  const [state, dispatch] = useActionState(action, undefined);
  const errors = state?.errors ?? [];
  return (
    <>
      <ErrorSummary errors={errors} />
      <PageTitle
        heading={t("other.title")}
        site={site}
        isRefused={errors.length > 0}
        lead={<p>{halted ?? t("other.lead")}</p>}
      />
      {halted === undefined ? (
        <ul className="ways">
          {ways.map((way) => (
            <li key={way.id}>
              <Form action={dispatch}>
                <input type="hidden" name="way" value={way.id} />
                <p id={`way-${way.id}`}>{way.name}</p>
                <Button variant="secondary" aria-describedby={`way-${way.id}`}>
                  {way.button}
                </Button>
                <BudgetNotes note={way.note} waitSeconds={way.waitSeconds} />
              </Form>
            </li>
          ))}
        </ul>
      ) : null}
      <ul className="links">
        <li>
          <a href={backHref}>{t("other.back")}</a>
        </li>
        <li>
          <a href={newNumberHref}>{words("line")("notMine")}</a>
        </li>
        <li>
          <a href={stolenHref}>{words("stolen")("help.link")}</a>
        </li>
        <li>
          <a href={recoverHref}>{t("other.none")}</a>
        </li>
      </ul>
    </>
  );
}
