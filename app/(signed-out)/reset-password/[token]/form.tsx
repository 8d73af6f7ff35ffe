"use client";

import { useActionState } from "react";
import { Message } from "@/components/account/message";
import { Actions, Button } from "@/components/ui/button";
import { ErrorSummary, errorOf } from "@/components/ui/error-summary";
import { Form } from "@/components/ui/form";
import { PageTitle } from "@/components/ui/page-title";
import { PasswordField } from "@/components/ui/password-field";
import type { LinkState } from "@/lib/accounts";
import { words } from "@/lib/words";
import type { ResetState } from "./actions";

type ResetFormProps = {
  site: string;
  /** How many characters a password has at least. */
  least: number;
  action: (state: ResetState, form: FormData) => Promise<ResetState>;
  /** Begins a recovery with the link instead. */
  recover: (state: ResetState) => Promise<ResetState>;
};

/** One new password. */
export function ResetPasswordForm({ site, least, action, recover }: ResetFormProps) {
  const t = words("signUp");
  const [saved, act] = useActionState(action, undefined);
  const [begun, begin] = useActionState(recover, undefined);
  const state = saved ?? begun;
  if (state !== undefined && "problem" in state) return <DeadLink site={site} problem={state.problem} />;
  const errors = state?.errors ?? [];
  return (
    <>
      <ErrorSummary errors={errors} />
      <PageTitle
        heading={t("reset.heading")}
        site={site}
        isRefused={errors.length > 0}
        lead={t("reset.lead")}
      />
      <Form action={act}>
        <PasswordField
          label={t("reset.password")}
          name="password"
          autoComplete="new-password"
          hint={t("reset.passwordHint", { least })}
          error={errorOf(errors, "password")}
        />
        <Actions>
          <Button isWide>{t("reset.button")}</Button>
        </Actions>
      </Form>
      <Form action={begin}>
        <p>{words("recovery")("reset.lead")}</p>
        <Actions>
          <Button variant="secondary" isWide>
            {words("recovery")("reset.button")}
          </Button>
        </Actions>
      </Form>
    </>
  );
}

/** Why a link does nothing, and what to do instead. */
export function DeadLink({ site, problem }: { site: string; problem: Exclude<LinkState, "live"> }) {
  const t = words("signUp");
  const again = { href: "/forgot-password", label: t("resetLink.again") };
  const signIn = { href: "/sign-in", label: t("resetLink.signIn") };
  return (
    <Message
      heading={t(`resetLink.${problem}.heading`)}
      site={site}
      paragraphs={[t(`resetLink.${problem}.text`)]}
      links={problem === "used" ? [signIn, again] : [again, signIn]}
    />
  );
}
