import { redirect } from "next/navigation";
import { PasskeyBlock } from "@/components/challenge/passkey-block";
import { Section } from "@/components/ui/section";
import { requireFreshProofForPage, visit } from "@/lib/auth";
import { settingsPath, setupView } from "@/lib/setup";
import { words } from "@/lib/words";
import { MethodPage } from "../setup/method-page";
import { beginPasskeyAction } from "./passkey/actions";

export const dynamic = "force-dynamic";

export default async function AddPage() {
  const session = await requireFreshProofForPage("add-method");
  const view = await setupView(session, (await visit()).now);
  if (!view.facts.isOn) redirect(settingsPath);
  const t = words("setup");
  return (
    <MethodPage
      session={session}
      view={view}
      heading={t("add.heading")}
      lead={t("add.lead")}
      first={<PasskeyChoice />}
    />
  );
}

function PasskeyChoice() {
  const t = words("passkeys");
  return (
    <Section heading={t("choice.title")} lead={t("choice.lead")}>
      <PasskeyBlock what="choose" action={beginPasskeyAction} submit={t("choice.submit")} />
    </Section>
  );
}
