"use client";

import { useActionState } from "react";
import { LiveLine, type LiveLineFacts } from "@/components/challenge/live-line";
import { BudgetNotes, type NewCodeBudget } from "@/components/challenge/new-code-budget";
import { Actions, Button, LinkButton } from "@/components/ui/button";
import { CodeField, whichCodeId } from "@/components/ui/code-field";
import { ErrorSummary, errorOf } from "@/components/ui/error-summary";
import { Form } from "@/components/ui/form";
import { Notice } from "@/components/ui/notice";
import { PageTitle } from "@/components/ui/page-title";
import { Steps } from "@/components/ui/steps";
import { words } from "@/lib/words";
import { callInsteadAction, codeAction, type SetupState, sendAnotherAction } from "./actions";

/** What the buttons of this page do: confirm, send a new code, call instead. */
export type CodeActs = {
  readonly code: (state: SetupState, form: FormData) => Promise<SetupState>;
  readonly again: (state: SetupState) => Promise<SetupState>;
  readonly call?: (state: SetupState) => Promise<SetupState>;
};

type CodeFormProps = {
  site: string;
  /** Of the three steps of the set-up; none when one more method is added. */
  step?: number;
  /** Which code to type. */
  where: string;
  /** What became of its message, where one was sent. */
  line: LiveLineFacts | undefined;
  /** How often a new code may still be asked for, and from when. */
  budget: NewCodeBudget;
  /** The number was guessed at too often and must be entered anew. */
  isOver: boolean;
  /** Where another number is entered. */
  changePath: string;
  /** What the buttons do, where that is not the set-up of a signed-in person. */
  acts?: CodeActs;
};

/** The code that was sent to a phone that is being set up. */
export function CodeForm({
  site,
  step,
  where,
  line,
  budget,
  isOver,
  changePath,
  acts = { code: codeAction, again: sendAnotherAction, call: callInsteadAction },
}: CodeFormProps) {
  const t = words("setup");
  const [code, codeDispatch] = useActionState(acts.code, undefined);
  const [again, againDispatch] = useActionState(acts.again, undefined);
  const [call, callDispatch] = useActionState(acts.call ?? callInsteadAction, undefined);
  const errors = [...(code?.errors ?? []), ...(again?.errors ?? []), ...(call?.errors ?? [])];
  return (
    <>
      <ErrorSummary errors={isOver ? errors.map(({ message }) => ({ message })) : errors} />
      <PageTitle
        heading={t("code.heading")}
        site={site}
        isRefused={errors.length > 0}
        lead={line === undefined ? <p id={whichCodeId}>{where}</p> : undefined}
        above={step === undefined ? undefined : <Steps current={step} total={3} />}
      />
      {isOver ? (
        <Notice tone="warning">{t("code.over")}</Notice>
      ) : (
        <>
          {line === undefined ? null : (
            <LiveLine line={line} offerAction={callDispatch}>
              <p id={whichCodeId}>{where}</p>
            </LiveLine>
          )}
          <Form action={codeDispatch}>
            <CodeField
              label={t("code.field")}
              hint={t("code.hint")}
              error={errorOf(errors, "code")}
              hasFocus={errors.length === 0}
              isWhichSaid
            />
            <Actions>
              <Button isWide>{t("code.submit")}</Button>
            </Actions>
          </Form>
          <Form action={againDispatch}>
            <Actions>
              <Button variant="secondary" isWide>
                {t("code.again")}
              </Button>
            </Actions>
            <BudgetNotes {...budget} />
          </Form>
        </>
      )}
      <p>
        <LinkButton variant="link" href={changePath}>
          {t("code.change")}
        </LinkButton>
      </p>
    </>
  );
}
