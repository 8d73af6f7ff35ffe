import { AccountShell } from "@/components/account/account-shell";
import { Message } from "@/components/account/message";
import { Actions, Button } from "@/components/ui/button";
import { Form } from "@/components/ui/form";
import { PageTitle } from "@/components/ui/page-title";
import { SummaryList } from "@/components/ui/summary-list";
import { timeText } from "@/components/ui/time";
import { requireSession } from "@/lib/auth";
import { siteName } from "@/lib/kernel/site";
import { findRecovery } from "@/lib/recovery";
import { words } from "@/lib/words";
import { stopOwnRecoveryAction } from "./actions";

export const dynamic = "force-dynamic";

/** What the banner of every page leads to. */
export default async function OwnRecoveryPage() {
  const session = await requireSession();
  const recovery = await findRecovery(session.accountId);
  const t = words("recovery");
  if (recovery === undefined || recovery.startedAt === null)
    return (
      <AccountShell session={session} width="narrow" isAboutRecovery>
        <Message
          heading={t("own.none.heading")}
          site={siteName()}
          paragraphs={[t("own.none.text")]}
          links={[{ href: "/account", label: t("own.back") }]}
        />
      </AccountShell>
    );
  return (
    <AccountShell session={session} width="narrow" isAboutRecovery>
      <PageTitle heading={t("own.heading")} site={siteName()} lead={<p>{t("own.lead")}</p>} />
      <SummaryList
        rows={[
          { term: t("status.case"), value: recovery.caseNumber },
          { term: t("status.started"), value: timeText(recovery.startedAt) },
          ...(recovery.readyAt === null
            ? []
            : [{ term: t("status.ready"), value: timeText(recovery.readyAt) }]),
          {
            term: t("status.shown"),
            value: recovery.verdict.counted.map((kind) => t(`kind.${kind}`)).join(" · "),
          },
        ]}
      />
      <Form action={stopOwnRecoveryAction}>
        <Actions>
          <Button isWide>{t("stop.button")}</Button>
        </Actions>
      </Form>
    </AccountShell>
  );
}
