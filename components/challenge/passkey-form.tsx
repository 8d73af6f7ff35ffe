"use client";

import { useActionState } from "react";
import { Actions, LinkButton } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { ErrorSummary } from "@/components/ui/error-summary";
import { PageTitle } from "@/components/ui/page-title";
import { words } from "@/lib/words";
import { AttemptFooter } from "./attempt-footer";
import type { CodeState } from "./code-form";
import { PasskeyBlock } from "./passkey-block";

type PasskeyFormProps = {
  action: (state: CodeState, form: FormData) => Promise<CodeState>;
  site: string;
  heading: string;
  /** What is asked. */
  where: string;
  /** Why it is asked. */
  why: string;
  options: unknown;
  mayOfferTrust: boolean;
  /** No more answers are taken: only a new start is left. */
  isOver: boolean;
  startHref: string;
  otherHref: string;
};

/** The one form for every method whose challenge is a passkey: at sign-in and for a fresh proof. */
export function PasskeyForm(props: PasskeyFormProps) {
  const { action, site, heading, where, why, options, mayOfferTrust, isOver, startHref, otherHref } = props;
  const t = words("signIn");
  const [state, dispatch] = useActionState(action, undefined);
  const errors = state?.errors ?? [];
  return (
    <>
      <ErrorSummary errors={errors} />
      <PageTitle heading={heading} site={site} isRefused={errors.length > 0} lead={<p>{where}</p>} />
      {isOver ? (
        <Actions>
          <LinkButton href={startHref}>{t("twoStep.startAgain")}</LinkButton>
        </Actions>
      ) : (
        <PasskeyBlock
          what="use"
          action={dispatch}
          options={options}
          submit={words("passkeys")("use.submit")}
          isWide
        >
          {mayOfferTrust ? (
            <Checkbox label={t("twoStep.trust")} name="trust" hint={t("twoStep.trustHint")} />
          ) : null}
        </PasskeyBlock>
      )}
      <AttemptFooter
        other={{ href: otherHref, label: t("twoStep.otherApp") }}
        startHref={isOver ? undefined : startHref}
        why={why}
      />
    </>
  );
}
