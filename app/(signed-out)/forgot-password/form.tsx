"use client";

import { useActionState } from "react";
import { Actions, Button } from "@/components/ui/button";
import { EmailField } from "@/components/ui/email-field";
import { ErrorSummary, errorOf } from "@/components/ui/error-summary";
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
      <ErrorSummary errors={errors} />
      <PageTitle
        heading={t("forgot.heading")}
        site={site}
        isRefused={errors.length > 0}
        lead={t("forgot.lead")}
      />
      <Form action={action}>
        <EmailField label={t("forgot.email")} defaultValue={state?.email} error={errorOf(errors, "email")} />
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
