"use client";

import { useActionState } from "react";
import { PasskeyBlock } from "@/components/challenge/passkey-block";
import { Actions, Button } from "@/components/ui/button";
import { EmailField } from "@/components/ui/email-field";
import { ErrorSummary, errorOf } from "@/components/ui/error-summary";
import { Form } from "@/components/ui/form";
import { Notice } from "@/components/ui/notice";
import { PageTitle } from "@/components/ui/page-title";
import { PasswordField } from "@/components/ui/password-field";
import { numbers } from "@/lib/kernel/numbers";
import { words } from "@/lib/words";
import { passkeySignInAction } from "./actions";
import type { SignInRefusal } from "./post";

/** E-mail and password, the first step of every sign-in; or a passkey, which may be all of it. */
export function SignInForm({
  site,
  refusal,
  isSignedOut,
  passkeyOptions,
}: {
  site: string;
  /** What is wrong with the e-mail or the password that was just posted. */
  refusal: SignInRefusal | undefined;
  /** Somebody signed out on this browser with the button that led here. */
  isSignedOut: boolean;
  passkeyOptions: unknown;
}) {
  const t = words("signIn");
  const [passkey, passkeyAction] = useActionState(passkeySignInAction, undefined);
  const errors = [...(refusal?.errors ?? []), ...(passkey?.errors ?? [])];
  return (
    <>
      <ErrorSummary errors={errors} />
      <PageTitle heading={t("title")} site={site} isRefused={errors.length > 0} />
      {isSignedOut ? (
        <Notice tone="success">
          <p>{t("signedOut")}</p>
        </Notice>
      ) : null}
      <Form action="/sign-in">
        <EmailField
          label={t("email")}
          autoComplete="username webauthn"
          defaultValue={refusal?.email}
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
      <PasskeyBlock
        what="use"
        action={passkeyAction}
        options={passkeyOptions}
        lives={numbers.passkey.challenge}
        unknownCredential={passkey?.unknownCredential}
        submit={words("passkeys")("signIn.submit")}
        variant="secondary"
        isWide
        isQuiet
      />
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
