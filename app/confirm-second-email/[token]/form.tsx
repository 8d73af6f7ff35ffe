"use client";

import { useActionState } from "react";
import { Message } from "@/components/account/message";
import { Actions, Button } from "@/components/ui/button";
import { Form } from "@/components/ui/form";
import { PageTitle } from "@/components/ui/page-title";
import { words } from "@/lib/words";
import type { ConfirmSecondState } from "./actions";

type ConfirmSecondFormProps = {
  site: string;
  email: string;
  action: (state: ConfirmSecondState) => Promise<ConfirmSecondState>;
};

/** The button that makes an address the second one. */
export function ConfirmSecondForm({ site, email, action }: ConfirmSecondFormProps) {
  const t = words("recovery");
  const [state, act] = useActionState(action, undefined);
  if (state !== undefined) return <DeadLink site={site} problem={state.problem} />;
  return (
    <>
      <PageTitle heading={t("second.heading")} site={site} lead={<p>{t("second.lead", { email })}</p>} />
      <Form action={act}>
        <Actions>
          <Button isWide>{t("second.button")}</Button>
        </Actions>
      </Form>
    </>
  );
}

/** Why a link does nothing. */
export function DeadLink({
  site,
  problem,
}: {
  site: string;
  problem: NonNullable<ConfirmSecondState>["problem"];
}) {
  const t = words("recovery");
  return (
    <Message
      heading={t("secondLink.heading")}
      site={site}
      paragraphs={[t(`secondLink.${problem}`)]}
      links={[{ href: "/account", label: t("secondDone.account") }]}
    />
  );
}
