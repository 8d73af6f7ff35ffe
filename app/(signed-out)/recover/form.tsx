"use client";

import { useActionState } from "react";
import { Actions, Button } from "@/components/ui/button";
import { EmailField } from "@/components/ui/email-field";
import { ErrorSummary, errorOf } from "@/components/ui/error-summary";
import { Form } from "@/components/ui/form";
import { PageTitle } from "@/components/ui/page-title";
import { PasswordField } from "@/components/ui/password-field";
import { words } from "@/lib/words";
import { beginAction, beginFromSignInAction } from "./actions";

/** What to try first, and the way into a recovery. `isProven`: the password was right in a sign-in a moment ago. */
export function BeginForm({ site, isProven }: { site: string; isProven: boolean }) {
  const t = words("recovery");
  const [known, dispatchKnown] = useActionState(beginFromSignInAction, undefined);
  const [state, dispatch] = useActionState(beginAction, undefined);
  const errors = [...(known?.errors ?? []), ...(state?.errors ?? [])];
  return (
    <>
      <ErrorSummary errors={errors} />
      <PageTitle
        heading={t("begin.heading")}
        site={site}
        isRefused={errors.length > 0}
        lead={<p>{t("begin.lead")}</p>}
      />
      <ul>
        <li>{t("begin.codes")}</li>
        <li>{t("begin.phone")}</li>
        <li>{t("begin.device")}</li>
        <li>{t("begin.number")}</li>
      </ul>
      <h2>{t("begin.how.heading")}</h2>
      <p>{t("begin.how.text")}</p>
      {isProven && known === undefined ? (
        <>
          <p>{t("begin.known")}</p>
          <Form action={dispatchKnown}>
            <Actions>
              <Button isWide>{t("begin.go")}</Button>
            </Actions>
          </Form>
        </>
      ) : (
        <>
          <p>{t("begin.browser")}</p>
          <Form action={dispatch}>
            <EmailField
              label={t("begin.email")}
              defaultValue={state?.email}
              error={errorOf(errors, "email")}
            />
            <PasswordField
              label={t("begin.password")}
              name="password"
              autoComplete="current-password"
              error={errorOf(errors, "password")}
            />
            <Actions>
              <Button isWide>{t("begin.button")}</Button>
            </Actions>
          </Form>
        </>
      )}
      <ul className="links">
        <li>
          <a href="/forgot-password">{t("begin.noPassword")}</a>
        </li>
        <li>
          <a href="/access-pass">{words("desk")("pass.link")}</a>
        </li>
        <li>
          <a href="/sign-in">{t("begin.back")}</a>
        </li>
      </ul>
    </>
  );
}
