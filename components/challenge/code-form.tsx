"use client";

import { useActionState } from "react";
import { Actions, Button, LinkButton } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { CodeField, whichCodeId } from "@/components/ui/code-field";
import { ErrorSummary, errorOf, type FormError } from "@/components/ui/error-summary";
import { Form } from "@/components/ui/form";
import { PageTitle } from "@/components/ui/page-title";
import { words } from "@/lib/words";
import { AttemptFooter } from "./attempt-footer";
import { LiveLine, type LiveLineFacts } from "./live-line";

/** What a refused code leaves behind; the code itself is never among it. */
export type CodeState = { readonly errors: FormError[] } | undefined;

type CodeFormProps = {
  /** The path of the post that takes the code (app/posts.ts), or the dispatch of an action. */
  action: string | ((form: FormData) => void);
  /** What is wrong with the code that was just posted. */
  errors: readonly FormError[] | undefined;
  site: string;
  heading: string;
  /** Which code, and where it is. */
  where: string;
  /** What became of the code's message, where one was sent. */
  line: LiveLineFacts | undefined;
  /** Takes the next best way, which the line offers. */
  wayAction: (state: CodeState, form: FormData) => Promise<CodeState>;
  /** Why it is asked. */
  why: string;
  kind: "number" | "recovery";
  submit: string;
  /** Whether the box "Don't require codes on this device" is offered. */
  mayOfferTrust: boolean;
  /** No more answers are taken: only a new start is left. */
  isOver: boolean;
  startHref: string;
  other: { href: string; label: string };
};

type ActionCodeFormProps = Omit<CodeFormProps, "action" | "errors"> & {
  action: (state: CodeState, form: FormData) => Promise<CodeState>;
};

/** The same for a page whose code is taken by an action. */
export function ActionCodeForm({ action, ...form }: ActionCodeFormProps) {
  const [state, dispatch] = useActionState(action, undefined);
  return <CodeForm {...form} action={dispatch} errors={state?.errors} />;
}

/** The one form for every method whose challenge is a code: at sign-in and for a fresh proof. */
export function CodeForm({
  action,
  errors: refused = [],
  site,
  heading,
  where,
  line,
  wayAction,
  why,
  kind,
  submit,
  mayOfferTrust,
  isOver,
  startHref,
  other,
}: CodeFormProps) {
  const t = words("signIn");
  const [way, dispatchWay] = useActionState(wayAction, undefined);
  const errors = [...refused, ...(way?.errors ?? [])];
  const isLineShown = line !== undefined && !isOver;
  // What a refusal has just said at the top is not said again below it.
  const isSaidAbove = isOver && errors.length > 0;
  return (
    <>
      <ErrorSummary errors={isOver ? errors.map(({ message }) => ({ message })) : errors} />
      <PageTitle
        heading={heading}
        site={site}
        isRefused={errors.length > 0}
        lead={
          isSaidAbove ? undefined : !isLineShown ? (
            <p id={whichCodeId}>{where}</p>
          ) : line.sent === undefined ? undefined : (
            <p id={whichCodeId}>
              {line.sent} {where}
            </p>
          )
        }
      />
      {!isLineShown ? null : (
        <LiveLine line={line} offerAction={dispatchWay}>
          {line.sent === undefined ? <p id={whichCodeId}>{where}</p> : null}
        </LiveLine>
      )}
      {isOver ? (
        <Actions>
          <LinkButton href={startHref}>{t("twoStep.startAgain")}</LinkButton>
        </Actions>
      ) : (
        <Form action={action}>
          <CodeField
            label={t(kind === "number" ? "twoStep.code" : "twoStep.recoveryCode")}
            kind={kind}
            hasFocus={errors.length === 0}
            isWhichSaid
            error={errorOf(errors, "code")}
          />
          {mayOfferTrust ? (
            <Checkbox label={t("twoStep.trust")} name="trust" hint={t("twoStep.trustHint")} />
          ) : null}
          <Actions>
            <Button isWide>{submit}</Button>
          </Actions>
        </Form>
      )}
      <AttemptFooter other={other} startHref={isOver ? undefined : startHref} why={why} />
    </>
  );
}
