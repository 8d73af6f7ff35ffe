import { AccountShell } from "@/components/account/account-shell";
import { LinkButton } from "@/components/ui/button";
import { PageTitle } from "@/components/ui/page-title";
import { BackLink } from "@/components/ui/shell";
import { exportFormats } from "@/lib/activity";
import { requireFreshProofForPage } from "@/lib/auth";
import { siteName } from "@/lib/kernel/site";
import { words } from "@/lib/words";

export const dynamic = "force-dynamic";

/** "Download your activity" */
export default async function DownloadPage() {
  const session = await requireFreshProofForPage("see-settings");
  const t = words("activity");
  return (
    <AccountShell
      session={session}
      width="narrow"
      above={<BackLink href="/account/activity">{t("download.back")}</BackLink>}
    >
      <PageTitle heading={t("download.heading")} site={siteName()} lead={<p>{t("download.lead")}</p>} />
      {exportFormats.map((format) => (
        <div key={format} className="file-choice">
          <LinkButton variant="secondary" isWide href={`/account/activity/download/${format}`}>
            {t(`download.${format}`)}
          </LinkButton>
          <p className="quiet">{t(`download.${format}.hint`)}</p>
        </div>
      ))}
    </AccountShell>
  );
}
