"use client";

import { useActionState } from "react";
import { Actions, Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { ErrorSummary, errorOf } from "@/components/ui/error-summary";
import { Form } from "@/components/ui/form";
import { Notice } from "@/components/ui/notice";
import { PageTitle } from "@/components/ui/page-title";
import { words } from "@/lib/words";
import { removeAction } from "./actions";

type RemoveFormProps = {
  site: string;
  id: string;
  name: string;
  /** What is left afterwards, in words. */
  left: readonly string[];
  /** What stands in the way: a tick that no backup is left, or that it is the last one. */
  hurdle?: "not-understood" | "last";
  backPath: string;
};

/** Says what removing a method means, and removes it. */
export function RemoveForm({ site, id, name, left, hurdle, backPath }: RemoveFormProps) {
  const t = words("security");
  const [state, action] = useActionState(removeAction, undefined);
  const errors = state?.errors ?? [];
  const methods = left.join(", ");
  return (
    <>
      <PageTitle heading={t("remove.heading")} site={site} isRefused={errors.length > 0} lead={name} />
      <ErrorSummary errors={errors} />
      {hurdle === "last" ? (
        <Notice tone="danger" title={t("remove.last")}>
          <p>{t("remove.lastText")}</p>
        </Notice>
      ) : (
        <>
          <p>{t("remove.lead")}</p>
          {hurdle === "not-understood" ? (
            <Notice tone="warning" title={t("remove.noBackup")}>
              <p>{t("remove.noBackupText", { left: methods })}</p>
            </Notice>
          ) : null}
          {hurdle === undefined && left.length > 0 ? <p>{t("remove.left", { methods })}</p> : null}
        </>
      )}
      <Form action={action}>
        <input type="hidden" name="id" value={id} />
        {hurdle === "not-understood" ? (
          <Checkbox label={t("remove.understand")} name="understood" error={errorOf(errors, "understood")} />
        ) : null}
        <Actions>
          {hurdle === "last" ? null : <Button variant="danger">{t("remove.submit")}</Button>}
          <a href={backPath}>{t("remove.keep")}</a>
        </Actions>
      </Form>
    </>
  );
}
