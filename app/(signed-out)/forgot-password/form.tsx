"use client";

import { useActionState } from "react";
import { Actions, Button } from "@/components/ui/button";
import { ErrorSummary, errorOf } from "@/components/ui/error-summary";
import { Field } from "@/components/ui/field";
import { Form } from "@/components/ui/form";
import { PageTitle } from "@/components/ui/page-title";
import { words } from "@/lib/words";
import { forgotPasswordAction } from "./actions";

/** The address that a link is sent to. */
export function ForgotPasswordForm({ site }: { site: string }) {
  const t = words("signUp");
  const [state, action] = useActionState(forgotPasswordAction, undefined);
  const errors = state?.errors ?? [];
  return (
    <>
      <PageTitle
        heading={t("forgot.heading")}
        site={site}
        isRefused={errors.length > 0}
        lead={t("forgot.lead")}
      />
      <ErrorSummary errors={errors} />
      <Form action={action}>
        <Field
          label={t("forgot.email")}
          name="email"
          type="email"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          defaultValue={state?.email}
          error={errorOf(errors, "email")}
        />
        <Actions>
          <Button isWide>{t("forgot.button")}</Button>
        </Actions>
      </Form>
      <ul className="links">
        <li>
          <a href="/sign-in">{t("forgot.signIn")}</a>
        </li>
      </ul>
    </>
  );
}
