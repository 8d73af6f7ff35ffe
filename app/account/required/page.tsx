import { redirect } from "next/navigation";
import { AccountShell } from "@/components/account/account-shell";
import { Actions, LinkButton } from "@/components/ui/button";
import { PageTitle } from "@/components/ui/page-title";
import { requireSession } from "@/lib/auth";
import { isTwoStepRequired, siteName } from "@/lib/kernel/site";
import { steps } from "@/lib/setup";
import { words } from "@/lib/words";

export const dynamic = "force-dynamic";

/** Why somebody without Two-Step Verification gets no further here, and the way on. */
export default async function RequiredPage() {
  const session = await requireSession({ mayLackTwoStep: true });
  const isRecovered = session.mustSetUpSince !== null;
  if (session.twoStepOnAt !== null || !(isTwoStepRequired() || isRecovered)) redirect("/account");
  const t = words("policy");
  const site = siteName();
  return (
    <AccountShell session={session} width="narrow">
      {isRecovered ? (
        <PageTitle
          heading={words("recovery")("setup.heading")}
          site={site}
          lead={<p>{words("recovery")("setup.lead")}</p>}
        />
      ) : (
        <PageTitle heading={t("required.heading")} site={site} lead={<p>{t("required.lead", { site })}</p>} />
      )}
      <p>{words("setup")("explain.text")}</p>
      <p>{t("required.time")}</p>
      <Actions>
        <LinkButton href={steps.choose.path}>{words("setup")("explain.begin")}</LinkButton>
      </Actions>
    </AccountShell>
  );
}
