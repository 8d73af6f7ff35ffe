import { PageTitle } from "@/components/ui/page-title";
import { Shell } from "@/components/ui/shell";
import { siteName } from "@/lib/kernel/site";
import { words } from "@/lib/words";

export const dynamic = "force-dynamic";

export default function RecoverPage() {
  const t = words("signIn");
  const site = siteName();
  return (
    <Shell width="narrow">
      <PageTitle heading={t("recover.title")} site={site} lead={<p>{t("recover.lead")}</p>} />
      <ul>
        <li>{t("recover.codes")}</li>
        <li>{t("recover.phone")}</li>
        <li>{t("recover.device")}</li>
        <li>{t("recover.number")}</li>
      </ul>
      <p>{t("recover.desk", { site })}</p>
      <p>
        <a href="/sign-in">{t("recover.back")}</a>
      </p>
    </Shell>
  );
}
