import { redirect } from "next/navigation";
import { AccountShell } from "@/components/account/account-shell";
import { SuspendedNames } from "@/components/account/suspended-rows";
import { Actions, Button, LinkButton } from "@/components/ui/button";
import { Notice } from "@/components/ui/notice";
import { PageTitle } from "@/components/ui/page-title";
import { BackLink } from "@/components/ui/shell";
import { timeText } from "@/components/ui/time";
import { requireFreshProofForPage, visit } from "@/lib/auth";
import { siteName } from "@/lib/kernel/site";
import { settingsPath } from "@/lib/setup";
import { viewSuspension } from "@/lib/stolen";
import { words } from "@/lib/words";

export const dynamic = "force-dynamic";

/** What to do next when a phone was stolen: to read now, or to print and take along. */
export default async function StolenNextPage({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  const session = await requireFreshProofForPage("see-phones");
  const suspension = await viewSuspension(id, session, (await visit()).now);
  if (suspension === undefined) redirect(settingsPath);
  const t = words("stolen");
  const { suspendedAt, until, methods } = suspension;
  return (
    <AccountShell
      session={session}
      width="narrow"
      above={<BackLink href={settingsPath}>{t("back")}</BackLink>}
    >
      <PageTitle heading={t("next.heading")} site={siteName()} />
      <Notice tone="success" title={t("next.done")}>
        <p>{t("next.doneText", { at: timeText(suspendedAt), until: timeText(until, "day") })}</p>
      </Notice>
      <p>{t("next.steps")}</p>
      <ol>
        <li>{t("next.carrier")}</li>
        <li>{t("next.find")}</li>
        <li>{t("next.mail")}</li>
        <li>
          {t("next.password")} <a href="/account/settings/password">{t("next.link.password")}</a>
        </li>
        <li>
          {t("next.codes")} <a href="/account/security/recovery-codes">{t("next.link.codes")}</a>
        </li>
        <li>
          {t("next.add")} <a href="/account/security/add">{t("next.link.add")}</a>
        </li>
        <li>{t("next.police")}</li>
      </ol>
      <h2>{t("next.list")}</h2>
      <SuspendedNames methods={methods} />
      <Actions>
        <Button type="button" variant="secondary" data-codes-print="" hidden>
          {t("next.print")}
        </Button>
        <LinkButton variant="secondary" href={settingsPath}>
          {t("next.link.settings")}
        </LinkButton>
      </Actions>
      <script type="module" src="/enhance/codes.js" />
    </AccountShell>
  );
}
