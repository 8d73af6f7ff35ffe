import { redirect } from "next/navigation";
import { AccountShell } from "@/components/account/account-shell";
import { LinkButton } from "@/components/ui/button";
import { PageTitle } from "@/components/ui/page-title";
import { BackLink } from "@/components/ui/shell";
import { requireFreshProof } from "@/lib/auth";
import { siteName } from "@/lib/kernel/site";
import { describeMethod, methodWords } from "@/lib/methods";
import { changeableNumbers } from "@/lib/new-number";
import { addPath, settingsPath } from "@/lib/setup";
import { words } from "@/lib/words";

export const dynamic = "force-dynamic";

/** Which number will change; whoever has one only is led on to it. */
export default async function NewNumberPage() {
  const session = await requireFreshProof("change-number");
  if (session.twoStepOnAt === null) redirect(settingsPath);
  const phones = await changeableNumbers(session);
  const [only, second] = phones;
  if (only === undefined) redirect(addPath);
  if (second === undefined) redirect(`/account/security/new-number/${only.id}`);
  const t = words("newNumber");
  return (
    <AccountShell
      name={session.name}
      width="narrow"
      above={<BackLink href={settingsPath}>{t("back")}</BackLink>}
    >
      <PageTitle heading={t("heading")} site={siteName()} lead={<p>{t("choose.lead")}</p>} />
      <ul className="ways">
        {phones.map((phone) => (
          <li key={phone.id}>
            <p>
              {methodWords.name(describeMethod(phone))}
              {phone.label === "" ? null : (
                <>
                  {" "}
                  (<bdi>{phone.label}</bdi>)
                </>
              )}
            </p>
            <LinkButton
              variant="secondary"
              href={`/account/security/new-number/${phone.id}`}
              about={methodWords.about(describeMethod(phone))}
            >
              {t("choose.button")}
            </LinkButton>
          </li>
        ))}
      </ul>
    </AccountShell>
  );
}
