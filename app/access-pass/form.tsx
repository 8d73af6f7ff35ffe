"use client";

import { useActionState } from "react";
import { Actions, Button } from "@/components/ui/button";
import { CodeField } from "@/components/ui/code-field";
import { EmailField } from "@/components/ui/email-field";
import { ErrorSummary, errorOf } from "@/components/ui/error-summary";
import { Form } from "@/components/ui/form";
import { PageTitle } from "@/components/ui/page-title";
import { PasswordField } from "@/components/ui/password-field";
import { words } from "@/lib/words";
import { openPassAction } from "./actions";

/** Address, password and pass: the pass alone is worth nothing. */
export function PassForm({ site }: { site: string }) {
  const t = words("desk");
  const [state, action] = useActionState(openPassAction, undefined);
  const errors = state?.errors ?? [];
  return (
    <>
      <ErrorSummary errors={errors} />
      <PageTitle
        heading={t("pass.heading")}
        site={site}
        isRefused={errors.length > 0}
        lead={
          <>
            <p>{t("pass.lead")}</p>
            <p>{t("pass.never", { site })}</p>
          </>
        }
      />
      <Form action={action}>
        <EmailField label={t("pass.email")} defaultValue={state?.email} error={errorOf(errors, "email")} />
        <PasswordField
          label={t("pass.password")}
          name="password"
          autoComplete="current-password"
          error={errorOf(errors, "password")}
        />
        <CodeField
          label={t("pass.pass")}
          name="pass"
          hint={t("pass.passHint")}
          kind="recovery"
          error={errorOf(errors, "pass")}
        />
        <Actions>
          <Button isWide>{t("pass.submit")}</Button>
        </Actions>
      </Form>
      <ul className="links">
        <li>
          <a href="/sign-in">{t("pass.back")}</a>
        </li>
      </ul>
    </>
  );
}
