import { redirect } from "next/navigation";
import { requireFreshProofForPage, visit } from "@/lib/auth";
import { mayVisit, methodsPath, nextPath, setupView, steps } from "@/lib/setup";
import { CodePage } from "../code-page";

export const dynamic = "force-dynamic";

export default async function SetupCodePage() {
  const session = await requireFreshProofForPage("add-method");
  const asked = await visit();
  const { facts, phone } = await setupView(session, asked.now);
  if (!mayVisit("code", facts)) redirect(nextPath(facts));
  // A number that does not open any more is entered again.
  if (phone === undefined) redirect(methodsPath(facts));
  const step = facts.methods === 0 ? steps.code : steps["backup-code"];
  return (
    <CodePage
      session={session}
      visit={asked}
      phone={phone}
      pagePath="/account/security/setup/code"
      changePath={methodsPath(facts)}
      step={step.count}
    />
  );
}
