"use client";

import { useActionState } from "react";
import { KeptNotice } from "@/components/account/kept-notice";
import { Actions, Button } from "@/components/ui/button";
import { EmailField } from "@/components/ui/email-field";
import { ErrorSummary, errorOf } from "@/components/ui/error-summary";
import { Form } from "@/components/ui/form";
import { PageTitle } from "@/components/ui/page-title";
import { words } from "@/lib/words";
import { changeEmailAction } from "./actions";

/** The new address; `current` is the one it would replace, `typed` what stood there before the proof had run out. */
export function ChangeEmailForm({ site, current, typed }: { site: string; current: string; typed?: string }) {
  const t = words("account");
  const [state, action] = useActionState(changeEmailAction, undefined);
  const errors = state?.errors ?? [];
  return (
    <>
      <ErrorSummary errors={errors} />
      <PageTitle
        heading={t("email.heading")}
        site={site}
        isRefused={errors.length > 0}
        lead={t("email.lead", { email: current })}
      />
      {typed === undefined || state !== undefined ? null : <KeptNotice />}
      <Form action={action}>
        <EmailField
          label={t("email.email")}
          autoComplete="email"
          defaultValue={state?.email ?? typed}
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
