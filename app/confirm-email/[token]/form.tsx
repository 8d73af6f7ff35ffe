"use client";

import { useActionState } from "react";
import { Message } from "@/components/account/message";
import { Actions, Button } from "@/components/ui/button";
import { Form } from "@/components/ui/form";
import { PageTitle } from "@/components/ui/page-title";
import type { ConfirmEmailReason } from "@/lib/accounts";
import { words } from "@/lib/words";
import type { ConfirmEmailState } from "./actions";

type ConfirmEmailFormProps = {
  site: string;
  email: string;
  action: (state: ConfirmEmailState) => Promise<ConfirmEmailState>;
};

/** The button that makes a new address the account's. */
export function ConfirmEmailForm({ site, email, action }: ConfirmEmailFormProps) {
  const t = words("signUp");
  const [state, act] = useActionState(action, undefined);
  if (state !== undefined) return <DeadLink site={site} problem={state.problem} />;
  return (
    <>
      <PageTitle heading={t("confirmEmail.heading")} site={site} lead={t("confirmEmail.lead", { email })} />
      <p>{t("confirmEmail.effects")}</p>
      <Form action={act}>
        <Actions>
          <Button isWide>{t("confirmEmail.button")}</Button>
        </Actions>
      </Form>
    </>
  );
}

/** Why a link does nothing, and what to do instead. */
export function DeadLink({ site, problem }: { site: string; problem: ConfirmEmailReason }) {
  const t = words("signUp");
  return (
    <Message
      heading={t(`emailLink.${problem}.heading`)}
      site={site}
      paragraphs={[t(`emailLink.${problem}.text`)]}
      links={[{ href: "/account", label: t("emailLink.account") }]}
    />
  );
}
