"use client";

import { useActionState } from "react";
import { Message } from "@/components/account/message";
import { Actions, Button } from "@/components/ui/button";
import { ErrorSummary, errorOf } from "@/components/ui/error-summary";
import { Form } from "@/components/ui/form";
import { PageTitle } from "@/components/ui/page-title";
import { PasswordField } from "@/components/ui/password-field";
import { words } from "@/lib/words";
import type { ConfirmState, LinkProblem } from "./actions";

type ConfirmFormProps = {
  site: string;
  email: string;
  /** Not the browser that asked for the account. */
  isPasswordNeeded: boolean;
  action: (state: ConfirmState, form: FormData) => Promise<ConfirmState>;
};

/** The button that makes the account; in another browser with the password that was chosen. */
export function ConfirmForm({ site, email, isPasswordNeeded, action }: ConfirmFormProps) {
  const t = words("signUp");
  const [state, act] = useActionState(action, undefined);
  if (state !== undefined && "problem" in state) return <DeadLink site={site} problem={state.problem} />;
  const errors = state?.errors ?? [];
  return (
    <>
      <ErrorSummary errors={errors} />
      <PageTitle
        heading={t("confirm.heading")}
        site={site}
        isRefused={errors.length > 0}
        lead={t("confirm.lead", { email })}
      />
      <Form action={act}>
        {isPasswordNeeded ? (
          <PasswordField
            label={t("confirm.password")}
            name="password"
            autoComplete="current-password"
            hint={t("confirm.otherBrowser")}
            error={errorOf(errors, "password")}
          />
        ) : null}
        <Actions>
          <Button isWide>{t("confirm.button")}</Button>
        </Actions>
      </Form>
      <p className="quiet">{t("confirm.notYou")}</p>
    </>
  );
}

/** Why a link does nothing, and what to do instead. */
export function DeadLink({ site, problem }: { site: string; problem: LinkProblem }) {
  const t = words("signUp");
  const signIn = { href: "/sign-in", label: t("link.signIn") };
  const signUp = { href: "/sign-up", label: t("link.signUp") };
  const forgot = { href: "/forgot-password", label: t("link.forgot") };
  return (
    <Message
      heading={t(`link.${problem}.heading`)}
      site={site}
      paragraphs={[t(`link.${problem}.text`)]}
      links={problem === "used" || problem === "taken" ? [signIn, forgot] : [signUp, signIn]}
    />
  );
}
