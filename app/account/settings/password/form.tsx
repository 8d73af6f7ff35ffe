"use client";

import { useActionState } from "react";
import { Actions, Button } from "@/components/ui/button";
import { ErrorSummary, errorOf } from "@/components/ui/error-summary";
import { Form } from "@/components/ui/form";
import { PageTitle } from "@/components/ui/page-title";
import { PasswordField } from "@/components/ui/password-field";
import { words } from "@/lib/words";
import { changePasswordAction } from "./actions";

type ChangePasswordFormProps = {
  site: string;
  /** How many characters a password has at least. */
  least: number;
};

/** The current password, and the one to have from now on. */
export function ChangePasswordForm({ site, least }: ChangePasswordFormProps) {
  const t = words("account");
  const [state, action] = useActionState(changePasswordAction, undefined);
  const errors = state?.errors ?? [];
  return (
    <>
      <ErrorSummary errors={errors} />
      <PageTitle
        heading={t("password.heading")}
        site={site}
        isRefused={errors.length > 0}
        lead={t("password.lead")}
      />
      <Form action={action}>
        <PasswordField
          label={t("password.current")}
          name="current"
          autoComplete="current-password"
          error={errorOf(errors, "current")}
        />
        <PasswordField
          label={t("password.new")}
          name="password"
          autoComplete="new-password"
          hint={t("password.newHint", { least })}
          error={errorOf(errors, "password")}
        />
        <Actions>
          <Button>{t("password.button")}</Button>
          <a href="/account/settings">{t("cancel")}</a>
        </Actions>
      </Form>
    </>
  );
}
