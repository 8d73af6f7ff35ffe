"use client";

import { type ReactNode, useActionState } from "react";
import { Actions, Button } from "@/components/ui/button";
import { CodeField } from "@/components/ui/code-field";
import { ErrorSummary, errorOf, type FormError } from "@/components/ui/error-summary";
import { Form } from "@/components/ui/form";
import { Notice } from "@/components/ui/notice";
import { PageTitle } from "@/components/ui/page-title";
import { PasswordField } from "@/components/ui/password-field";
import { words } from "@/lib/words";

export type FinishState = { readonly errors: readonly FormError[]; readonly said?: string } | undefined;

type FinishFormProps = {
  site: string;
  heading: string;
  /** What it means. */
  children: ReactNode;
  /** Why the password until now is asked for; undefined where a mailed code is. */
  passwordHint: string | undefined;
  /** Where the code is asked for instead of the password, if this browser may. */
  codePage?: string;
  /** Mails the code. */
  mailCode?: () => Promise<FinishState>;
  hint: string;
  /** What is left for whoever has neither the password nor a mailbox any more. */
  neither: string | undefined;
  action: (state: FinishState, form: FormData) => Promise<FinishState>;
};

/** The new password that ends a recovery. */
export function FinishForm({
  site,
  heading,
  children,
  passwordHint,
  codePage,
  mailCode,
  hint,
  neither,
  action,
}: FinishFormProps) {
  const t = words("recovery");
  const [state, dispatch] = useActionState(action, undefined);
  const [mailed, mail] = useActionState(mailCode ?? nothing, undefined);
  const errors = [...(state?.errors ?? []), ...(mailed?.errors ?? [])];
  return (
    <>
      <ErrorSummary errors={errors} />
      <PageTitle heading={heading} site={site} isRefused={errors.length > 0} />
      {mailed?.said === undefined ? null : (
        <Notice tone="success">
          <p>{mailed.said}</p>
        </Notice>
      )}
      {children}
      {mailCode === undefined ? null : (
        <Form action={mail}>
          <p>{t("finish.mail.lead")}</p>
          <Actions>
            <Button variant="secondary">{t("finish.mail.button")}</Button>
          </Actions>
        </Form>
      )}
      <Form action={dispatch}>
        {passwordHint === undefined ? (
          <CodeField
            label={t("finish.mail.code")}
            kind="recovery"
            hint={t("finish.mail.codeHint")}
            error={errorOf(errors, "code")}
          />
        ) : (
          <PasswordField
            label={t("finish.current")}
            name="current"
            autoComplete="current-password"
            hint={passwordHint}
            error={errorOf(errors, "current")}
          />
        )}
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
      {codePage === undefined ? null : (
        <ul className="links">
          <li>
            <a href={codePage}>{t("finish.noPassword")}</a>
          </li>
        </ul>
      )}
      {neither === undefined ? null : <p className="quiet">{neither}</p>}
    </>
  );
}

const nothing = async (): Promise<FinishState> => undefined;
