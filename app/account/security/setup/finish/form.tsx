"use client";

import { type ReactNode, useActionState } from "react";
import { Actions, Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { ErrorSummary } from "@/components/ui/error-summary";
import { Form } from "@/components/ui/form";
import { PageTitle } from "@/components/ui/page-title";
import { Steps } from "@/components/ui/steps";
import { words } from "@/lib/words";
import { finishAction } from "../actions";

/** How it works from now on (`children`), and the last button. */
export function FinishForm({ site, children }: { site: string; children: ReactNode }) {
  const t = words("setup");
  const [state, action] = useActionState(finishAction, undefined);
  const errors = state?.errors ?? [];
  return (
    <>
      <ErrorSummary errors={errors} />
      <PageTitle
        heading={t("finish.heading")}
        site={site}
        isRefused={errors.length > 0}
        lead={t("finish.lead")}
        above={<Steps current={3} total={3} />}
      />
      {children}
      <Form action={action}>
        <Checkbox label={t("finish.trust")} name="trust" hint={t("finish.trustHint")} />
        <Actions>
          <Button isWide>{t("finish.submit")}</Button>
        </Actions>
      </Form>
    </>
  );
}
