"use client";

import { useActionState } from "react";
import { PasskeyBlock } from "@/components/challenge/passkey-block";
import { Actions, Button } from "@/components/ui/button";
import { ErrorSummary, errorOf } from "@/components/ui/error-summary";
import { Field } from "@/components/ui/field";
import { Form } from "@/components/ui/form";
import { PageTitle } from "@/components/ui/page-title";
import { PasswordField } from "@/components/ui/password-field";
import { words } from "@/lib/words";
import { confirmAction, confirmPasskeyAction } from "./actions";

/** The password once more; the address is filled in and fixed, so that password managers know which one it is. */
export function ConfirmForm({
  site,
  email,
  lead,
  passkeyOptions,
}: {
  site: string;
  email: string;
  lead: string;
  /** Undefined while the account has no passkey. */
  passkeyOptions: unknown;
}) {
  const t = words("proof");
  const [state, action] = useActionState(confirmAction, undefined);
  const [passkey, passkeyAction] = useActionState(confirmPasskeyAction, undefined);
  const errors = [...(state?.errors ?? []), ...(passkey?.errors ?? [])];
  return (
    <>
      <ErrorSummary errors={errors} />
      <PageTitle heading={t("title")} site={site} isRefused={errors.length > 0} lead={<p>{lead}</p>} />
      <Form action={action}>
        <Field
          label={t("email")}
          name="email"
          type="email"
          autoComplete="username"
          defaultValue={email}
          readOnly
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
      {passkeyOptions === undefined ? null : (
        <PasskeyBlock
          what="use"
          action={passkeyAction}
          options={passkeyOptions}
          submit={words("passkeys")("confirm.submit")}
          variant="secondary"
          isWide
          isQuiet
        />
      )}
      <ul className="links">
        <li>
          <a href="/account">{t("cancel")}</a>
        </li>
      </ul>
    </>
  );
}
