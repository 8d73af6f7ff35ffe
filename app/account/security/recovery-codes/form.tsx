"use client";

import { useActionState } from "react";
import { Actions, Button } from "@/components/ui/button";
import { ErrorSummary } from "@/components/ui/error-summary";
import { Form } from "@/components/ui/form";
import { PageTitle } from "@/components/ui/page-title";
import { words } from "@/lib/words";
import { makeNewCodesAction } from "./actions";

/** Makes ten new codes in the place of the old ones. */
export function NewCodesForm({ site }: { site: string }) {
  const t = words("security");
  const [state, action] = useActionState(makeNewCodesAction, undefined);
  const errors = state?.errors ?? [];
  return (
    <>
      <PageTitle
        heading={t("newCodes.heading")}
        site={site}
        isRefused={errors.length > 0}
        lead={t("newCodes.lead")}
      />
      <ErrorSummary errors={errors} />
      <Form action={action}>
        <Actions>
          <Button isWide>{t("newCodes.submit")}</Button>
        </Actions>
      </Form>
    </>
  );
}
