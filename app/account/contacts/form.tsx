"use client";

import { useActionState } from "react";
import { Button } from "@/components/ui/button";
import { ErrorSummary } from "@/components/ui/error-summary";
import { Form } from "@/components/ui/form";
import { Notice } from "@/components/ui/notice";
import { PageTitle } from "@/components/ui/page-title";
import { Card } from "@/components/ui/section";
import { words } from "@/lib/words";
import { acceptAction, declineAction, giveCodeAction } from "./actions";

/** Somebody who named the person of this session. */
export type Named = {
  id: string;
  name: string;
  /** Where it stands, in words. */
  line: string;
  isAccepted: boolean;
  /** The cases in which they ask for a code now, each with when and from where it was begun, in words. */
  cases: readonly { caseNumber: string; line: string }[];
};

/** Everybody who named this person, and the button that shows a code to read out. */
export function HelpForm({ site, people }: { site: string; people: readonly Named[] }) {
  const t = words("recovery");
  const [state, give] = useActionState(giveCodeAction, undefined);
  const refused = state !== undefined && "refused" in state ? state.refused : undefined;
  const given = state !== undefined && "code" in state ? state : undefined;
  return (
    <>
      <ErrorSummary errors={refused === undefined ? [] : [{ message: refused }]} />
      <PageTitle
        heading={t("help.heading")}
        site={site}
        isRefused={refused !== undefined}
        lead={<p>{t("help.lead")}</p>}
      />
      {given === undefined ? null : (
        <Notice tone="success" title={t("help.code.title", { name: given.name })}>
          <p>
            <strong className="key-text">{given.code}</strong>
          </p>
          <p>{t("help.code.text", { case: given.caseNumber })}</p>
        </Notice>
      )}
      {people
        .filter(({ cases }) => cases.length > 0 && given === undefined)
        .map(({ id, name, cases }) => (
          <Notice key={id} tone="warning" title={t("help.asking.title", { name })}>
            <p>{t("help.asking.text")}</p>
            <p>{t("help.asking.case")}</p>
            <ul className="ways" aria-label={t("help.cases", { name })}>
              {cases.map(({ caseNumber, line }) => (
                <li key={caseNumber}>
                  <p>
                    <strong className="key-text">{caseNumber}</strong>
                    <br />
                    <span className="quiet">{line}</span>
                  </p>
                  <div className="actions">
                    <Form action={give} isInline>
                      <input type="hidden" name="case" value={caseNumber} />
                      <Button about={caseNumber}>{t("help.show")}</Button>
                    </Form>
                  </div>
                </li>
              ))}
            </ul>
          </Notice>
        ))}
      <Card>
        {people.length === 0 ? (
          <p>{t("help.none")}</p>
        ) : (
          <ul className="ways" aria-label={t("help.list")}>
            {people.map(({ id, name, line, isAccepted }) => (
              <li key={id}>
                <p>
                  {name}
                  <br />
                  <span className="quiet">{line}</span>
                </p>
                <div className="actions">
                  {isAccepted ? null : (
                    <Form action={acceptAction} isInline>
                      <input type="hidden" name="id" value={id} />
                      <Button about={name}>{t("help.accept")}</Button>
                    </Form>
                  )}
                  <Form action={declineAction} isInline>
                    <input type="hidden" name="id" value={id} />
                    <Button variant={isAccepted ? "removal" : "secondary"} about={name}>
                      {isAccepted ? t("help.stop") : t("help.decline")}
                    </Button>
                  </Form>
                </div>
              </li>
            ))}
          </ul>
        )}
      </Card>
    </>
  );
}
