import { redirect } from "next/navigation";
import { requireFreshProofForPage, visit } from "@/lib/auth";
import { methodsPath, settingsPath, setupView } from "@/lib/setup";
import { CodePage } from "../../setup/code-page";

export const dynamic = "force-dynamic";

export default async function AddCodePage() {
  const session = await requireFreshProofForPage("add-method");
  const asked = await visit();
  const { facts, phone } = await setupView(session, asked.now);
  if (!facts.isOn) redirect(settingsPath);
  if (phone === undefined) redirect(methodsPath(facts));
  return (
    <CodePage
      session={session}
      visit={asked}
      phone={phone}
      pagePath="/account/security/add/code"
      changePath={methodsPath(facts)}
    />
  );
}
