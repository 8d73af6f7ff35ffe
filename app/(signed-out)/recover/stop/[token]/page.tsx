import { Message } from "@/components/account/message";
import { Actions, Button } from "@/components/ui/button";
import { Form } from "@/components/ui/form";
import { PageTitle } from "@/components/ui/page-title";
import { Shell } from "@/components/ui/shell";
import { siteName } from "@/lib/kernel/site";
import { viewRecovery } from "@/lib/recovery";
import { words } from "@/lib/words";
import { stopByStopLinkAction } from "../../status/actions";

export const dynamic = "force-dynamic";

/** Where "Stop this, it isn't me" of a mail leads: one button, because a mail program opens links by itself. */
export default async function StopPage({ params }: { params: Promise<{ token: string }> }) {
  const { token } = await params;
  const recovery = await viewRecovery("stop", token);
  const t = words("recovery");

  const isOver =
    recovery === undefined || !["collecting", "unnoticed", "waiting", "ready"].includes(recovery.state);
  return (
    <Shell width="narrow">
      {isOver ? (
        <Message
          heading={t("stop.over.heading")}
          site={siteName()}
          paragraphs={[t("stop.over.text"), t("stopped.secure")]}
          links={[
            { href: "/forgot-password", label: t("stopped.password") },
            { href: "/account/activity", label: t("stopped.activity") },
          ]}
        />
      ) : (
        <>
          <PageTitle
            heading={t("stop.heading")}
            site={siteName()}
            lead={<p>{t("stop.lead", { case: recovery.caseNumber })}</p>}
          />
          <Form action={stopByStopLinkAction.bind(null, token)}>
            <Actions>
              <Button isWide>{t("stop.button")}</Button>
            </Actions>
          </Form>
          <p>{t("stop.keep")}</p>
        </>
      )}
    </Shell>
  );
}
