import { connection } from "next/server";
import { LinkButton } from "@/components/ui/button";
import { PageTitle } from "@/components/ui/page-title";
import { Shell } from "@/components/ui/shell";
import { siteName } from "@/lib/kernel/site";
import { words } from "@/lib/words";

/** The answer to an address that leads nowhere. */
export default async function NotFound() {
  // Made at build time it would carry the name the site had then.
  await connection();
  const t = words("ui");
  return (
    <Shell width="narrow">
      <PageTitle site={siteName()} heading={t("notFound.heading")} lead={<p>{t("notFound.text")}</p>} />
      <LinkButton href="/account">{t("notFound.link")}</LinkButton>
    </Shell>
  );
}
