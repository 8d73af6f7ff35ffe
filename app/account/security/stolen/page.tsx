import { redirect } from "next/navigation";
import { AccountShell } from "@/components/account/account-shell";
import { LinkButton } from "@/components/ui/button";
import { PageTitle } from "@/components/ui/page-title";
import { BackLink } from "@/components/ui/shell";
import { requireFreshProof, visit } from "@/lib/auth";
import { siteName } from "@/lib/kernel/site";
import { describeMethod, methodWords } from "@/lib/methods";
import { settingsPath } from "@/lib/setup";
import { stealableThings } from "@/lib/stolen";
import { words } from "@/lib/words";

export const dynamic = "force-dynamic";

/** Which phone or device is gone; whoever has one only is led on to it. */
export default async function StolenPage() {
  const session = await requireFreshProof("suspend-phone");
  if (session.twoStepOnAt === null) redirect(settingsPath);
  const things = await stealableThings(session, (await visit()).now);
  const [only, second] = things;
  if (only === undefined) redirect(settingsPath);
  if (second === undefined) redirect(`/account/security/stolen/${only.id}`);
  const t = words("stolen");
  return (
    <AccountShell
      name={session.name}
      width="narrow"
      above={<BackLink href={settingsPath}>{t("back")}</BackLink>}
    >
      <PageTitle heading={t("heading")} site={siteName()} lead={<p>{t("choose.lead")}</p>} />
      <ul className="ways">
        {things.map((thing) => (
          <li key={thing.id}>
            <p>
              {methodWords.name(describeMethod(thing))}
              {thing.label === "" ? null : (
                <>
                  {" "}
                  (<bdi>{thing.label}</bdi>)
                </>
              )}
            </p>
            <LinkButton
              variant="secondary"
              href={`/account/security/stolen/${thing.id}`}
              about={methodWords.about(describeMethod(thing))}
            >
              {t("choose.button")}
            </LinkButton>
          </li>
        ))}
      </ul>
    </AccountShell>
  );
}
