import { AccountShell } from "@/components/account/account-shell";
import { EventTable } from "@/components/account/event-table";
import { PageTitle } from "@/components/ui/page-title";
import { Card } from "@/components/ui/section";
import { BackLink } from "@/components/ui/shell";
import { listEvents } from "@/lib/activity";
import { requireSession } from "@/lib/auth";
import { numbers } from "@/lib/kernel/numbers";
import { siteName } from "@/lib/kernel/site";
import { words } from "@/lib/words";

export const dynamic = "force-dynamic";

/** The newest events of the account, each with when, where and why. */
export default async function ActivityPage() {
  const session = await requireSession();
  const events = await listEvents(session.accountId, numbers.activity.onPage);
  const t = words("activity");
  return (
    <AccountShell name={session.name} above={<BackLink href="/account">{t("back")}</BackLink>}>
      <PageTitle heading={t("heading")} site={siteName()} lead={<p>{t("lead")}</p>} />
      <Card>
        <EventTable events={events} />
      </Card>
    </AccountShell>
  );
}
