"use client";

import { useActionState } from "react";
import { rowAbout } from "@/components/account/row-about";
import { Actions, Button } from "@/components/ui/button";
import { ErrorSummary } from "@/components/ui/error-summary";
import { Form } from "@/components/ui/form";
import { PageTitle } from "@/components/ui/page-title";
import { Card } from "@/components/ui/section";
import { TableList } from "@/components/ui/table-list";
import { Time } from "@/components/ui/time";
import { words } from "@/lib/words";
import { endOtherSessionsAction, endSessionAction } from "./actions";

type Signed = {
  readonly id: string;
  readonly browser: string;
  /** Its address, with the place where that is known. */
  readonly where: string;
  readonly createdAt: Date;
  readonly lastSeenAt: Date;
  readonly isThis: boolean;
};

/** The browsers that are signed in, each with its way out; this one has "Sign out" in the header. */
export function SessionsForm({ site, sessions }: { site: string; sessions: readonly Signed[] }) {
  const [refusal, endSession] = useActionState(endSessionAction, undefined);
  const t = words("home");
  const nameOf = (browser: string) => browser || t("sessions.unknown");
  const browsers = sessions.map(({ browser }) => nameOf(browser));
  return (
    <>
      <ErrorSummary errors={refusal === undefined ? [] : [{ message: t("sessions.gone") }]} />
      <PageTitle
        heading={t("sessions.heading")}
        site={site}
        isRefused={refusal !== undefined}
        lead={<p>{t("sessions.lead")}</p>}
      />
      <Card>
        {/* One form for all rows, whose buttons say which of them. */}
        <Form action={endSession}>
          <TableList
            caption={t("sessions.heading")}
            columns={[
              { key: "browser", label: t("sessions.column.browser") },
              { key: "since", label: t("sessions.column.since") },
              { key: "seen", label: t("sessions.column.seen") },
            ]}
            actionLabel={t("sessions.column.action")}
            rows={sessions.map((session) => ({
              id: session.id,
              cells: {
                browser: (
                  <>
                    {nameOf(session.browser)}{" "}
                    {session.isThis ? <span className="badge">{t("sessions.this")}</span> : null}
                    <div className="quiet">{session.where}</div>
                  </>
                ),
                since: <Time at={session.createdAt} />,
                seen: <Time at={session.lastSeenAt} />,
              },
              action: session.isThis ? null : (
                <Button
                  variant="secondary"
                  name="id"
                  value={session.id}
                  about={rowAbout(nameOf(session.browser), session.lastSeenAt, browsers)}
                >
                  {t("sessions.end")}
                </Button>
              ),
            }))}
          />
        </Form>
        {sessions.some((session) => !session.isThis) ? (
          <Form action={endOtherSessionsAction}>
            <Actions>
              <Button variant="danger">{t("sessions.endOthers")}</Button>
            </Actions>
          </Form>
        ) : (
          <p className="quiet">{t("sessions.alone")}</p>
        )}
      </Card>
    </>
  );
}
