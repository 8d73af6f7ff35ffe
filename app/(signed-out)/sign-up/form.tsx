"use client";

import { useActionState } from "react";
import { Actions, Button } from "@/components/ui/button";
import { EmailField } from "@/components/ui/email-field";
import { ErrorSummary, errorOf } from "@/components/ui/error-summary";
import { Field } from "@/components/ui/field";
import { Form } from "@/components/ui/form";
import { PageTitle } from "@/components/ui/page-title";
import { PasswordField } from "@/components/ui/password-field";
import { words } from "@/lib/words";
import { signUpAction } from "./actions";

/** Name, e-mail and password of a new account. `least` is how many characters a password has at least. */
export function SignUpForm({ site, least }: { site: string; least: number }) {
  const t = words("signUp");
  const [state, action] = useActionState(signUpAction, undefined);
  const errors = state?.errors ?? [];
  return (
    <>
      <ErrorSummary errors={errors} />
      <PageTitle heading={t("signUp.heading")} site={site} isRefused={errors.length > 0} />
      <Form action={action}>
        <Field
          label={t("signUp.name")}
          name="name"
          autoComplete="name"
          defaultValue={state?.name}
          error={errorOf(errors, "name")}
        />
        <EmailField
          label={t("signUp.email")}
          hint={t("signUp.emailHint")}
          defaultValue={state?.email}
          error={errorOf(errors, "email")}
        />
        <PasswordField
          label={t("signUp.password")}
          name="password"
          autoComplete="new-password"
          hint={t("signUp.passwordHint", { least })}
          error={errorOf(errors, "password")}
        />
        <Actions>
          <Button isWide>{t("signUp.button")}</Button>
        </Actions>
      </Form>
      <ul className="links">
        <li>
          <a href="/sign-in">{t("signUp.haveAccount")}</a>
        </li>
      </ul>
    </>
  );
}
