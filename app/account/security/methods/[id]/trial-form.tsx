"use client";

import { useActionState } from "react";
import { MethodName } from "@/components/account/method-name";
import { PasskeyBlock } from "@/components/challenge/passkey-block";
import { Actions, Button, LinkButton } from "@/components/ui/button";
import { CodeField } from "@/components/ui/code-field";
import { ErrorSummary, errorOf } from "@/components/ui/error-summary";
import { Form } from "@/components/ui/form";
import { Notice } from "@/components/ui/notice";
import { PageTitle } from "@/components/ui/page-title";
import { words } from "@/lib/words";
import type { TrialState } from "../../trial-words";

type Act = (state: TrialState, form: FormData) => Promise<TrialState>;

/** What the buttons of a trial do. */
export type TrialActs = { readonly send: Act; readonly answer: Act };

type TrialFormProps = {
  acts: TrialActs;
  /** Whether a right answer only shows that it works, or takes it into use again. */
  use: "try" | "enable";
  /** It is in use again already. */
  isDone: boolean;
  site: string;
  id: string;
  name: string;
  label: string;
  /** What is sent before there is anything to type; none where the person has the code already. */
  sending: string | undefined;
  /** Which code to type; none before one was sent. */
  where: string | undefined;
  /** What became of the newest code. */
  line: string | undefined;
  /** What the browser's dialog is asked, where it is a passkey. */
  passkeyOptions: unknown;
  isOver: boolean;
  backPath: string;
};

/** Proves one method by its code or in the browser's dialog, and says what came of it. */
export function TrialForm({
  acts,
  use,
  isDone,
  site,
  id,
  name,
  label,
  sending,
  where,
  line,
  passkeyOptions,
  isOver,
  backPath,
}: TrialFormProps) {
  const t = words("trial");
  const isEnabling = use === "enable";
  const [state, dispatch] = useActionState(acts.answer, undefined);
  const [sent, dispatchSend] = useActionState(acts.send, undefined);
  if (isDone || state?.isProven)
    return (
      <>
        <PageTitle
          heading={t(isEnabling ? "enable.done.heading" : "works.heading")}
          site={site}
          lead={<p>{name}</p>}
        />
        <Notice tone="success">
          <p>{t(isEnabling ? "enable.done.text" : "works.text")}</p>
        </Notice>
        <Actions>
          <LinkButton href={backPath}>{t("works.link")}</LinkButton>
        </Actions>
      </>
    );
  const errors = [...(state?.errors ?? []), ...(sent?.errors ?? [])];
  const isPasskey = passkeyOptions !== undefined;
  const isAsked = where !== undefined && !isOver && !isPasskey;
  return (
    <>
      <ErrorSummary errors={isAsked ? errors : errors.map(({ message }) => ({ message }))} />
      <PageTitle
        heading={t(isEnabling ? "enable.heading" : "heading")}
        site={site}
        isRefused={errors.length > 0}
        lead={
          <>
            <p>
              <MethodName name={name} label={label} />
            </p>
            <p>{t(isEnabling ? "enable.lead" : "lead")}</p>
          </>
        }
      />
      {isOver ? (
        <Notice tone="warning" title={t("over")}>
          <p>{t("over.hint")}</p>
        </Notice>
      ) : null}
      {isPasskey && !isOver ? (
        <>
          <p>{where}</p>
          <PasskeyBlock
            what="use"
            action={dispatch}
            options={passkeyOptions}
            submit={t(isEnabling ? "enable.submit" : "submit")}
            isWide
          >
            <input type="hidden" name="id" value={id} />
          </PasskeyBlock>
        </>
      ) : null}
      {isAsked ? (
        <>
          {line === undefined ? null : <p role="status">{line}</p>}
          <Form action={dispatch}>
            <input type="hidden" name="id" value={id} />
            <CodeField
              label={t("code")}
              hint={where}
              error={errorOf(errors, "code")}
              hasFocus={errors.length === 0}
            />
            <Actions>
              <Button isWide>{t(isEnabling ? "enable.submit" : "submit")}</Button>
            </Actions>
          </Form>
        </>
      ) : null}
      {sending === undefined || isOver ? null : (
        <Form action={dispatchSend}>
          <input type="hidden" name="id" value={id} />
          {isAsked ? null : <p>{sending}</p>}
          <Actions>
            <Button variant={isAsked ? "secondary" : "primary"} isWide>
              {t(isAsked ? "again" : "send.submit")}
            </Button>
          </Actions>
        </Form>
      )}
    </>
  );
}
