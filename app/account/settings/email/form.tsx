"use client";

import { useActionState } from "react";
import { Actions, Button } from "@/components/ui/button";
import { ErrorSummary, errorOf } from "@/components/ui/error-summary";
import { Field } from "@/components/ui/field";
import { Form } from "@/components/ui/form";
import { PageTitle } from "@/components/ui/page-title";
import { words } from "@/lib/words";
import { changeEmailAction } from "./actions";

type ChangeEmailFormProps = {
  site: string;
  /** The address it would replace. */
  current: string;
  /** What was typed before the proof ran out. */
  before?: string;
};

/** The new address. */
export function ChangeEmailForm({ site, current, before }: ChangeEmailFormProps) {
  const t = words("account");
  const [state, action] = useActionState(changeEmailAction, undefined);
  const errors = state?.errors ?? [];
  return (
    <>
      <PageTitle
        heading={t("email.heading")}
        site={site}
        isRefused={errors.length > 0}
        lead={t("email.lead", { email: current })}
      />
      <ErrorSummary errors={errors} />
      <Form action={action}>
        <Field
          label={t("email.email")}
          name="email"
          type="email"
          autoComplete="email"
          autoCapitalize="none"
          spellCheck={false}
          defaultValue={state?.email ?? before}
          error={errorOf(errors, "email")}
        />
        <Actions>
          <Button>{t("email.button")}</Button>
          <a href="/account/settings">{t("cancel")}</a>
        </Actions>
      </Form>
    </>
  );
}
