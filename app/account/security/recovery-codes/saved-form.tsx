"use client";

import { type ReactNode, useActionState } from "react";
import { Actions, Button, LinkButton } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { CodeList } from "@/components/ui/code-list";
import { ErrorSummary, errorOf } from "@/components/ui/error-summary";
import { Form } from "@/components/ui/form";
import { PageTitle } from "@/components/ui/page-title";
import { words } from "@/lib/words";
import { savedAction } from "./actions";

type SavedFormProps = {
  site: string;
  heading: string;
  lead: string;
  /** What the codes are for; they are read out as the name of the list. */
  about?: { readonly heading: string; readonly text: string };
  label: string;
  codes: readonly string[];
  /** Which ten they are. */
  set: string;
  submit: string;
  /** What else is to be read before the page is left. */
  children?: ReactNode;
};

/** Ten recovery codes, the ways to save them, and the box that says that they are saved. */
export function SavedForm(props: SavedFormProps) {
  const { site, heading, lead, about, label, codes, set, submit, children } = props;
  const t = words("recoveryCodes");
  const [state, action] = useActionState(savedAction, undefined);
  const errors = state?.errors ?? [];
  return (
    <>
      <ErrorSummary errors={errors} />
      <PageTitle heading={heading} site={site} isRefused={errors.length > 0} lead={<p>{lead}</p>} />
      {about === undefined ? null : (
        <>
          <h2>{about.heading}</h2>
          <p>{about.text}</p>
        </>
      )}
      <CodeList codes={codes} label={label} />
      <Actions>
        <Button type="button" variant="secondary" data-codes-copy="" hidden>
          {t("copy")}
        </Button>
        <LinkButton variant="secondary" href="/account/security/recovery-codes/download" download>
          {t("download")}
        </LinkButton>
        <Button type="button" variant="secondary" data-codes-print="" hidden>
          {t("print")}
        </Button>
      </Actions>
      <p className="quiet" role="status" data-codes-copied={t("copied")} />
      {children}
      <Form action={action}>
        <input type="hidden" name="set" value={set} />
        <Checkbox label={t("box")} name="saved" hint={t("boxHint")} error={errorOf(errors, "saved")} />
        <Actions>
          <Button isWide>{submit}</Button>
        </Actions>
      </Form>
      <script type="module" src="/enhance/codes.js" />
    </>
  );
}
