"use client";

import { type ReactNode, useActionState } from "react";
import { Actions, Button } from "@/components/ui/button";
import { ErrorSummary, errorOf, type FormError } from "@/components/ui/error-summary";
import { Form } from "@/components/ui/form";
import { PageTitle } from "@/components/ui/page-title";
import { PasswordField } from "@/components/ui/password-field";
import { words } from "@/lib/words";

export type FinishState = { readonly errors: readonly FormError[] } | undefined;

type FinishFormProps = {
  site: string;
  heading: string;
  /** What it means. */
  children: ReactNode;
  /** Whether the password until now is asked for: this is another browser. */
  needsPassword: boolean;
  hint: string;
  action: (state: FinishState, form: FormData) => Promise<FinishState>;
};

/** The new password that ends a recovery. */
export function FinishForm({ site, heading, children, needsPassword, hint, action }: FinishFormProps) {
  const t = words("recovery");
  const [state, dispatch] = useActionState(action, undefined);
  const errors = state?.errors ?? [];
  return (
    <>
      <PageTitle heading={heading} site={site} isRefused={errors.length > 0} />
      <ErrorSummary errors={errors} />
      {children}
      <Form action={dispatch}>
        {needsPassword ? (
          <PasswordField
            label={t("finish.current")}
            name="current"
            autoComplete="current-password"
            hint={t("finish.currentHint")}
            error={errorOf(errors, "current")}
          />
        ) : null}
        <PasswordField
          label={t("finish.password")}
          name="password"
          autoComplete="new-password"
          hint={hint}
          error={errorOf(errors, "password")}
        />
        <Actions>
          <Button isWide>{t("finish.button")}</Button>
        </Actions>
      </Form>
    </>
  );
}
