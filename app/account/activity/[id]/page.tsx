import { notFound } from "next/navigation";
import type { ReactNode } from "react";
import { AccountShell } from "@/components/account/account-shell";
import { Where } from "@/components/account/event-list";
import { Button, LinkButton } from "@/components/ui/button";
import { Form } from "@/components/ui/form";
import { Notice } from "@/components/ui/notice";
import { PageTitle } from "@/components/ui/page-title";
import { Section } from "@/components/ui/section";
import { BackLink } from "@/components/ui/shell";
import { SummaryList } from "@/components/ui/summary-list";
import { Time, timeText } from "@/components/ui/time";
import { type EventOfAccount, eventReason, eventSentence, parseEventId, readEvent } from "@/lib/activity";
import { requireSession, visit } from "@/lib/auth";
import { siteName } from "@/lib/kernel/site";
import { words } from "@/lib/words";
import { endOthersAction, endSessionOfEventAction } from "./actions";

export const dynamic = "force-dynamic";

/** "This wasn't me": what happened, and what to do about it, in the order in which it helps most. */
export default async function NotMePage({ params }: { params: Promise<{ id: string }> }) {
  const session = await requireSession();
  const { now } = await visit();
  const id = parseEventId((await params).id);
  const event = id === undefined ? undefined : await readEvent(session, id, now);
  if (event === undefined) notFound();
  const t = words("activity");
  const reason = eventReason(event);
  const isPasswordNew = event.passwordChangedAt > event.at;
  return (
    <AccountShell session={session} above={<BackLink href="/account/activity">{t("whose.back")}</BackLink>}>
      <PageTitle heading={t("whose.heading")} site={siteName()} lead={<p>{t("whose.lead")}</p>} />
      <Section heading={t("whose.event")}>
        <SummaryList
          rows={[
            {
              term: t("column.what"),
              value: (
                <>
                  <strong>{eventSentence(event)}</strong>
                  {reason === undefined ? null : <div className="quiet">{reason}</div>}
                </>
              ),
            },
            { term: t("column.when"), value: <Time at={event.at} /> },
            { term: t("column.where"), value: <Where {...event} /> },
          ]}
        />
      </Section>
      <Section heading={t("whose.session.heading")}>
        <EndIt event={event} isThis={event.sessionId === session.id} />
      </Section>
      <Section
        heading={t("whose.password.heading")}
        lead={isPasswordNew ? undefined : t("whose.password.text")}
      >
        {isPasswordNew ? (
          <Notice tone="success" isStatus={false}>
            <p>{t("whose.password.done", { at: timeText(event.passwordChangedAt) })}</p>
          </Notice>
        ) : (
          <p>
            <LinkButton href="/account/settings/password">{t("whose.password.link")}</LinkButton>
          </p>
        )}
      </Section>
      <Section
        heading={t("whose.methods.heading")}
        lead={event.isTwoStepOn ? t("whose.methods.text") : t("whose.methods.off")}
      >
        <p>
          <LinkButton variant="secondary" href="/account/security">
            {event.isTwoStepOn ? t("whose.methods.link") : t("whose.methods.setup")}
          </LinkButton>
        </p>
      </Section>
    </AccountShell>
  );
}

/** The first step: the browser in which it happened, if it is still signed in; else every other one. */
function EndIt({ event, isThis }: { event: EventOfAccount; isThis: boolean }): ReactNode {
  const t = words("activity");
  if (isThis) return <p>{t("whose.session.this")}</p>;
  if (event.isSessionThere)
    return (
      <>
        <p>{t("whose.session.there")}</p>
        <Form action={endSessionOfEventAction} isInline>
          <Button variant="danger" name="event" value={event.id}>
            {t("whose.session.end")}
          </Button>
        </Form>
      </>
    );
  if (event.sessionId !== null)
    return (
      <Notice tone="success" isStatus={false}>
        <p>{t("whose.session.gone")}</p>
      </Notice>
    );
  if (!event.hasOtherSessions)
    return (
      <Notice tone="success" isStatus={false}>
        <p>{t("whose.session.alone")}</p>
      </Notice>
    );
  return (
    <>
      <p>{t("whose.session.none")}</p>
      <Form action={endOthersAction} isInline>
        <Button variant="danger" name="event" value={event.id}>
          {t("whose.session.endOthers")}
        </Button>
      </Form>
    </>
  );
}
