"use client";

import { useActionState } from "react";
import { KeptNotice } from "@/components/account/kept-notice";
import { Actions, Button } from "@/components/ui/button";
import { ErrorSummary, errorOf } from "@/components/ui/error-summary";
import { Field } from "@/components/ui/field";
import { Form } from "@/components/ui/form";
import { PageTitle } from "@/components/ui/page-title";
import { words } from "@/lib/words";
import { changeNameAction } from "./actions";

/** The account's name, filled in with the one it has, or with what was typed before the proof had run out. */
export function ChangeNameForm({ site, name, typed }: { site: string; name: string; typed?: string }) {
  const t = words("account");
  const [state, action] = useActionState(changeNameAction, undefined);
  const errors = state?.errors ?? [];
  return (
    <>
      <ErrorSummary errors={errors} />
      <PageTitle heading={t("name.heading")} site={site} isRefused={errors.length > 0} />
      {typed === undefined || state !== undefined ? null : <KeptNotice />}
      <Form action={action}>
        <Field
          label={t("name.name")}
          name="name"
          autoComplete="name"
          defaultValue={state?.name ?? typed ?? name}
          error={errorOf(errors, "name")}
        />
        <Actions>
          <Button>{t("name.button")}</Button>
          <a href="/account/settings">{t("cancel")}</a>
        </Actions>
      </Form>
    </>
  );
}
