"use client";

import { type ReactNode, useActionState } from "react";
import { MethodName } from "@/components/account/method-name";
import { Actions, Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { ErrorSummary, errorOf } from "@/components/ui/error-summary";
import { Form } from "@/components/ui/form";
import { Notice } from "@/components/ui/notice";
import { PageTitle } from "@/components/ui/page-title";
import { words } from "@/lib/words";
import { proveAnotherAction, removeAction } from "./actions";

type RemoveFormProps = {
  site: string;
  id: string;
  name: string;
  /** What its owner calls it; empty when they call it nothing. */
  label: string;
  /** What is left afterwards, in words. */
  left: readonly string[];
  /** The things whose loss would then lock the person out, in words; empty when there are none. */
  lockouts: string;
  /** What stands in the way: another proof, a tick, or that it is the last one. */
  hurdle?: "not-understood" | "prove-another" | "last";
  backPath: string;
  /** The lock-out map as it would be. */
  children: ReactNode;
};

/** Says what removing a method means, and removes it. */
export function RemoveForm({
  site,
  id,
  name,
  label,
  left,
  lockouts,
  hurdle,
  backPath,
  children,
}: RemoveFormProps) {
  const t = words("security");
  const [state, action] = useActionState(removeAction, undefined);
  const errors = state?.errors ?? [];
  const title = (
    <>
      <ErrorSummary errors={errors} />
      <PageTitle
        heading={t("remove.heading")}
        site={site}
        isRefused={errors.length > 0}
        lead={
          <p>
            <MethodName name={name} label={label} />
          </p>
        }
      />
    </>
  );
  if (hurdle === "last")
    return (
      <>
        {title}
        <Notice tone="danger" title={t("remove.last")}>
          <p>{t("remove.lastText")}</p>
        </Notice>
        <Actions>
          <a href={backPath}>{t("remove.keep")}</a>
        </Actions>
      </>
    );
  if (hurdle === "prove-another")
    return (
      <>
        {title}
        <Notice tone="info" title={t("remove.proveTitle")}>
          <p>{t("remove.proveText")}</p>
        </Notice>
        <Form action={proveAnotherAction}>
          <input type="hidden" name="id" value={id} />
          <Actions>
            <Button>{t("remove.prove")}</Button>
            <a href={backPath}>{t("remove.keep")}</a>
          </Actions>
        </Form>
      </>
    );
  const isAlone = left.length === 1;
  return (
    <>
      {title}
      <p>{t("remove.lead")}</p>
      {hurdle === "not-understood" && isAlone ? (
        <Notice tone="warning" title={t("remove.noBackup")}>
          <p>{t("remove.noBackupText", { left: left.join(", ") })}</p>
        </Notice>
      ) : null}
      {lockouts === "" ? null : (
        <Notice tone="danger" title={words("lockout")("weak", { things: lockouts })}>
          <p>{words("lockout")("weakText")}</p>
        </Notice>
      )}
      {hurdle === undefined && left.length > 0 ? (
        <p>{t("remove.left", { methods: left.join(", ") })}</p>
      ) : null}
      {children}
      <Form action={action}>
        <input type="hidden" name="id" value={id} />
        {hurdle === "not-understood" ? (
          <Checkbox
            label={t(isAlone ? "remove.understand" : "remove.lockOut")}
            name="understood"
            error={errorOf(errors, "understood")}
          />
        ) : null}
        <Actions>
          <Button variant="danger">{t("remove.submit")}</Button>
          <a href={backPath}>{t("remove.keep")}</a>
        </Actions>
      </Form>
    </>
  );
}
