import { AccountShell } from "@/components/account/account-shell";
import { EventDays } from "@/components/account/event-list";
import { Button, LinkButton } from "@/components/ui/button";
import { PageTitle } from "@/components/ui/page-title";
import { Card } from "@/components/ui/section";
import { SelectField } from "@/components/ui/select-field";
import { BackLink } from "@/components/ui/shell";
import { parseEventId, parseTopic, readEvents, type Topic, topics } from "@/lib/activity";
import { requireSession } from "@/lib/auth";
import { siteName } from "@/lib/kernel/site";
import { words } from "@/lib/words";

export const dynamic = "force-dynamic";

type ActivityPageProps = { searchParams: Promise<Readonly<Record<string, string | string[] | undefined>>> };

const pathOf = (topic: Topic | undefined, before?: string): string => {
  const query = new URLSearchParams();
  if (topic !== undefined) query.set("show", topic);
  if (before !== undefined) query.set("before", before);
  return query.size === 0 ? "/account/activity" : `/account/activity?${query}`;
};

/** The log of the account, a page at a time, each event with when, where and why. Anything odd in the address is ignored. */
export default async function ActivityPage({ searchParams }: ActivityPageProps) {
  const session = await requireSession();
  const asked = await searchParams;
  const topic = parseTopic(asked.show);
  const before = parseEventId(asked.before);
  const { events, olderThan } = await readEvents(session.accountId, { topic, before });
  const t = words("activity");
  return (
    <AccountShell session={session} above={<BackLink href="/account">{t("back")}</BackLink>}>
      <PageTitle heading={t("heading")} site={siteName()} lead={<p>{t("lead")}</p>} />
      <Card>
        <div className="toolbar">
          <form method="get" action="/account/activity" className="filter">
            <SelectField
              label={t("filter.label")}
              name="show"
              defaultValue={topic ?? "all"}
              options={[
                { value: "all", label: t("filter.all") },
                ...topics.map((name) => ({ value: name, label: t(`filter.${name}`) })),
              ]}
            />
            <Button variant="secondary">{t("filter.button")}</Button>
          </form>
          <a className="toolbar-link" href="/account/activity/download">
            {t("download.link")}
          </a>
        </div>
        <EventDays events={events} empty={topic === undefined ? undefined : t("filter.empty")} />
        <nav className="pages" aria-label={t("pages")}>
          {before === undefined ? null : (
            <LinkButton variant="secondary" href={pathOf(topic)}>
              {t("pages.newest")}
            </LinkButton>
          )}
          {olderThan === undefined ? (
            <p className="quiet">{t("pages.end")}</p>
          ) : (
            <LinkButton variant="secondary" href={pathOf(topic, olderThan)}>
              {t("pages.older")}
            </LinkButton>
          )}
        </nav>
      </Card>
    </AccountShell>
  );
}
