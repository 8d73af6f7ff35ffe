import { AccountShell } from "@/components/account/account-shell";
import { EventList } from "@/components/account/event-list";
import { PasskeyOffer } from "@/components/account/passkey-offer";
import { LinkButton } from "@/components/ui/button";
import { Notice, type NoticeTone } from "@/components/ui/notice";
import { PageTitle } from "@/components/ui/page-title";
import { Section } from "@/components/ui/section";
import { timeText } from "@/components/ui/time";
import { listEvents } from "@/lib/activity";
import { requireSession, visit } from "@/lib/auth";
import { numbers } from "@/lib/kernel/numbers";
import { siteName } from "@/lib/kernel/site";
import { type Care, findOverview, isTwoStepOn, type Overview, whatNeedsCare } from "@/lib/overview";
import { addPath, passkeyOffer } from "@/lib/setup";
import { words } from "@/lib/words";
import { addPasskeyOfBrowserAction } from "./actions";

export const dynamic = "force-dynamic";

/** How each care looks, and the page where it is put right. */
const cares = {
  "second-step-waits": { tone: "danger", href: "/account/settings" },
  "no-method-left": { tone: "danger", href: "/account/security/add" },
  "method-disabled": { tone: "danger", href: "/account/security" },
  "phone-suspended": { tone: "warning", href: "/account/security" },
  "number-failing": { tone: "danger", href: "/account/security" },
  "two-step-off": { tone: "warning", href: "/account/security" },
  "no-backup": { tone: "warning", href: "/account/security" },
  "recovery-codes-gone": { tone: "warning", href: "/account/security/recovery-codes" },
  "recovery-codes-few": { tone: "warning", href: "/account/security/recovery-codes" },
  "recovery-codes-unsaved": { tone: "warning", href: "/account/security/recovery-codes" },
  "unproven-way": { tone: "info", href: "/account/security" },
} satisfies Record<Care, { tone: NoticeTone; href: string }>;

const countOf = (care: Care, { recoveryCodesLeft, unprovenWays }: Overview): number =>
  care === "unproven-way" ? unprovenWays : recoveryCodesLeft;

/**
 * Your Account: what needs care, then the ways to everything else. Three queries, the session's among them; a fourth for
 * some minutes after a sign-in with a code, when a passkey may be offered.
 */
export default async function AccountPage() {
  const session = await requireSession();
  const { now } = await visit();
  const [overview, events, offer] = await Promise.all([
    findOverview(session.accountId, now),
    listEvents(session.accountId, numbers.activity.onAccount),
    passkeyOffer(session, now),
  ]);
  // The account went between two queries; the guard of the next request says so.
  if (overview === undefined) throw new Error("the account of a session is gone");
  const t = words("home");
  const due = whatNeedsCare(overview, now);
  const isOn = isTwoStepOn(overview);
  const until = overview.lockedUntil === null ? "" : timeText(overview.lockedUntil);

  return (
    <AccountShell session={session} isAccountHome>
      <PageTitle
        heading={t("heading")}
        site={siteName()}
        lead={<p>{t("lead", { email: session.email })}</p>}
      />
      {due.length === 0 ? null : (
        <section className="cares" aria-labelledby="cares">
          <h2 id="cares" className="visually-hidden">
            {t("care.heading")}
          </h2>
          {due.map((care) => (
            <Notice
              key={care}
              tone={cares[care].tone}
              title={t(`care.${care}.title`, { count: countOf(care, overview) })}
            >
              <p>{t(`care.${care}.text`, { until, count: countOf(care, overview) })}</p>
              <p>
                <LinkButton variant="link" href={cares[care].href}>
                  {t(`care.${care}.link`)}
                </LinkButton>
              </p>
            </Notice>
          ))}
        </section>
      )}
      {offer === undefined ? null : (
        <PasskeyOffer href={addPath} toMake={offer.toMake} action={addPasskeyOfBrowserAction} />
      )}
      <Section
        heading={t("settings.heading")}
        lead={t("settings.text")}
        action={
          <LinkButton variant="secondary" href="/account/settings">
            {t("settings.link")}
          </LinkButton>
        }
      />
      <Section
        heading={t("devices.heading")}
        lead={isOn ? t("devices.text", { count: overview.trustedDevices }) : t("devices.off")}
        action={
          isOn ? (
            <LinkButton variant="secondary" href="/account/security#devices">
              {t("devices.link")}
            </LinkButton>
          ) : undefined
        }
      />
      <Section
        heading={words("recovery")("kept.heading")}
        lead={t("ways.text")}
        action={
          <LinkButton variant="secondary" href="/account/settings/recovery">
            {t("ways.link")}
          </LinkButton>
        }
      >
        <p>
          <LinkButton variant="link" href="/account/contacts">
            {words("recovery")("help.heading")}
          </LinkButton>
        </p>
      </Section>
      <Section
        heading={t("sessions.heading")}
        lead={t("sessions.text", { count: overview.sessions })}
        action={
          <LinkButton variant="secondary" href="/account/sessions">
            {t("sessions.link")}
          </LinkButton>
        }
      />
      <Section heading={t("activity.heading")}>
        <EventList events={events} />
        <p>
          <LinkButton variant="link" href="/account/activity">
            {t("activity.link")}
          </LinkButton>
        </p>
      </Section>
    </AccountShell>
  );
}
