"use client";

import { type ReactNode, useActionState } from "react";
import { Actions, Button } from "@/components/ui/button";
import { ErrorSummary } from "@/components/ui/error-summary";
import { Form } from "@/components/ui/form";
import { Notice } from "@/components/ui/notice";
import { PageTitle } from "@/components/ui/page-title";
import { words } from "@/lib/words";
import { restoreAction } from "./actions";

type RestoreFormProps = {
  site: string;
  id: string;
  backPath: string;
  /** What comes back. */
  children: ReactNode;
};

/** Takes what was suspended with a phone into use again. */
export function RestoreForm({ site, id, backPath, children }: RestoreFormProps) {
  const t = words("stolen");
  const [state, action] = useActionState(restoreAction, undefined);
  const errors = state?.errors ?? [];
  return (
    <>
      <ErrorSummary errors={errors} />
      <PageTitle
        heading={t("restore.heading")}
        site={site}
        isRefused={errors.length > 0}
        lead={<p>{t("restore.lead")}</p>}
      />
      {children}
      <Notice tone="warning">
        <p>{t("restore.check")}</p>
      </Notice>
      <p>{t("restore.effects")}</p>
      <Form action={action}>
        <input type="hidden" name="id" value={id} />
        <Actions>
          <Button>{t("restore.submit")}</Button>
          <a href={backPath}>{t("restore.cancel")}</a>
        </Actions>
      </Form>
    </>
  );
}
