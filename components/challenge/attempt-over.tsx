import { Actions, LinkButton } from "@/components/ui/button";
import { PageTitle } from "@/components/ui/page-title";
import { words } from "@/lib/words";

/** A page of an attempt that is over: what that means, and the two ways on. */
export function AttemptOver({ site, startHref }: { site: string; startHref: string }) {
  const t = words("signIn");
  return (
    <>
      <PageTitle heading={t("over.title")} site={site} lead={<p>{t("over.text")}</p>} />
      <Actions>
        <LinkButton href={startHref}>{t("over.signIn")}</LinkButton>
        <LinkButton variant="secondary" href="/account">
          {t("over.account")}
        </LinkButton>
      </Actions>
    </>
  );
}
