import { redirect } from "next/navigation";
import { PasskeyBlock } from "@/components/challenge/passkey-block";
import { Section } from "@/components/ui/section";
import { requireFreshProofForPage, visit } from "@/lib/auth";
import { mayVisit, nextPath, setupView } from "@/lib/setup";
import { words } from "@/lib/words";
import { beginPasskeyAction } from "../../add/passkey/actions";
import { MethodPage } from "../method-page";

export const dynamic = "force-dynamic";

export default async function BackupPage() {
  const session = await requireFreshProofForPage("add-method");
  const view = await setupView(session, (await visit()).now);
  if (!mayVisit("backup", view.facts)) redirect(nextPath(view.facts));
  const t = words("setup");
  return (
    <MethodPage
      session={session}
      view={view}
      heading={t("backup.heading")}
      lead={
        <>
          <p>{t("backup.why")}</p>
          <p>{t(view.hasApp ? "backup.leadApp" : "backup.lead")}</p>
        </>
      }
      step={2}
      last={
        <Section heading={words("passkeys")("choice.title")} lead={t("backup.passkeyLead")}>
          <PasskeyBlock what="choose" action={beginPasskeyAction} submit={t("backup.passkey")} />
        </Section>
      }
    />
  );
}
