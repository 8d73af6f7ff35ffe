"use client";

import { useActionState } from "react";
import { Actions, Button } from "@/components/ui/button";
import { ErrorSummary, errorOf, type FormError } from "@/components/ui/error-summary";
import { Form } from "@/components/ui/form";
import { PasswordField } from "@/components/ui/password-field";
import { words } from "@/lib/words";

export type FinishState = { readonly errors: readonly FormError[] } | undefined;

type FinishFormProps = {
  /** Whether the password until now is asked for: this is another browser. */
  needsPassword: boolean;
  hint: string;
  action: (state: FinishState, form: FormData) => Promise<FinishState>;
};

/** The new password that ends a recovery. */
export function FinishForm({ needsPassword, hint, action }: FinishFormProps) {
  const t = words("recovery");
  const [state, dispatch] = useActionState(action, undefined);
  const errors = state?.errors ?? [];
  return (
    <>
      <ErrorSummary errors={errors} />
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
