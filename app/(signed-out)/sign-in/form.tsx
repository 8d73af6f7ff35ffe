"use client";

import { useActionState } from "react";
import { Actions, Button } from "@/components/ui/button";
import { ErrorSummary, errorOf } from "@/components/ui/error-summary";
import { Field } from "@/components/ui/field";
import { Form } from "@/components/ui/form";
import { PageTitle } from "@/components/ui/page-title";
import { PasswordField } from "@/components/ui/password-field";
import { words } from "@/lib/words";
import { signInAction } from "./actions";

/** E-mail and password, the first step of every sign-in. */
export function SignInForm({ site }: { site: string }) {
  const t = words("signIn");
  const [state, action] = useActionState(signInAction, undefined);
  const errors = state?.errors ?? [];
  return (
    <>
      <PageTitle heading={t("title")} site={site} isRefused={errors.length > 0} />
      <ErrorSummary errors={errors} />
      <Form action={action}>
        <Field
          label={t("email")}
          name="email"
          type="email"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          defaultValue={state?.email}
          error={errorOf(errors, "email")}
        />
        <PasswordField
          label={t("password")}
          name="password"
          autoComplete="current-password"
          error={errorOf(errors, "password")}
        />
        <Actions>
          <Button isWide>{t("submit")}</Button>
        </Actions>
      </Form>
      <ul className="links">
        <li>
          <a href="/forgot-password">{t("forgot")}</a>
        </li>
        <li>
          <a href="/sign-up">{t("create")}</a>
        </li>
      </ul>
    </>
  );
}
