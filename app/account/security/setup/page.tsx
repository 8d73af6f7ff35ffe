import { redirect } from "next/navigation";
import { requireFreshProofForPage, visit } from "@/lib/auth";
import { mayVisit, nextPath, setupView } from "@/lib/setup";
import { words } from "@/lib/words";
import { MethodPage } from "./method-page";

export const dynamic = "force-dynamic";

export default async function ChoosePage() {
  const session = await requireFreshProofForPage("add-method");
  const view = await setupView(session, (await visit()).now);
  if (!mayVisit("choose", view.facts)) redirect(nextPath(view.facts));
  const t = words("setup");
  return (
    <MethodPage
      session={session}
      view={view}
      heading={t("choose.heading")}
      lead={t("choose.lead")}
      step={1}
    />
  );
}
