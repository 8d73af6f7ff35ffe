"use client";

import { useActionState } from "react";
import { PasskeyBlock } from "@/components/challenge/passkey-block";
import { ErrorSummary } from "@/components/ui/error-summary";
import { PageTitle } from "@/components/ui/page-title";
import { Steps } from "@/components/ui/steps";
import { words } from "@/lib/words";
import { makePasskeyAction } from "./actions";

type MakePasskeyFormProps = {
  site: string;
  options: unknown;
  /** Of the three steps of the set-up; none when one more method is added. */
  step?: number;
};

/** Asks the browser to make a passkey. */
export function MakePasskeyForm({ site, options, step }: MakePasskeyFormProps) {
  const t = words("passkeys");
  const [state, action] = useActionState(makePasskeyAction, undefined);
  const errors = state?.errors ?? [];
  return (
    <>
      <ErrorSummary errors={errors} />
      <PageTitle
        heading={t("make.title")}
        site={site}
        isRefused={errors.length > 0}
        lead={<p>{t("make.lead")}</p>}
        above={step === undefined ? undefined : <Steps current={step} total={3} />}
      />
      <p>{t("make.about")}</p>
      <PasskeyBlock what="make" action={action} options={options} submit={t("make.submit")} isWide />
    </>
  );
}
