import { AccountShell } from "@/components/account/account-shell";
import { PasskeySignals } from "@/components/account/passkey-signals";
import { PageTitle } from "@/components/ui/page-title";
import { Card } from "@/components/ui/section";
import { BackLink } from "@/components/ui/shell";
import { SummaryList } from "@/components/ui/summary-list";
import { requireFreshProofForPage, visit } from "@/lib/auth";
import { before, minutes } from "@/lib/kernel/durations";
import { siteName } from "@/lib/kernel/site";
import { passkeySignals } from "@/lib/methods";
import { words } from "@/lib/words";

export const dynamic = "force-dynamic";

/** "Change Account Settings": each setting with its value and the way to change it. */
export default async function SettingsPage() {
  const session = await requireFreshProofForPage("see-settings");
  const { now } = await visit();
  const signals = await passkeySignals({ ...session, id: session.accountId }, now);
  const t = words("account");
  const { passwordChangedAt: changedAt, pendingEmail: pending } = session;
  return (
    <AccountShell session={session} above={<BackLink href="/account">{t("settings.back")}</BackLink>}>
      <PageTitle heading={t("settings.heading")} site={siteName()} />
      <Card>
        <SummaryList
          rows={[
            {
              term: t("settings.name"),
              value: <bdi>{session.name}</bdi>,
              editHref: "/account/settings/name",
            },
            {
              term: t("settings.email"),
              value: pending ? (
                <>
                  {session.email}
                  <br />
                  <span className="quiet">{t("settings.emailPending", { email: pending })}</span>
                </>
              ) : (
                session.email
              ),
              editHref: "/account/settings/email",
            },
            {
              term: t("settings.password"),
              value:
                changedAt > before(now, minutes(1))
                  ? t("settings.passwordChangedNow")
                  : t("settings.passwordChanged", { at: changedAt }),
              editHref: "/account/settings/password",
            },
            {
              term: t("settings.security"),
              value: session.twoStepOnAt === null ? t("settings.twoStepOff") : t("settings.twoStepOn"),
              editHref: "/account/security",
            },
            {
              term: words("recovery")("kept.row"),
              value: words("recovery")("kept.row.value"),
              editHref: "/account/settings/recovery",
            },
          ]}
        />
      </Card>
      {/* Where a new name or address leads to: whatever keeps a passkey is told of it. */}
      <PasskeySignals signals={signals} />
    </AccountShell>
  );
}
