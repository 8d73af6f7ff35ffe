import { redirect } from "next/navigation";
import { requireFreshProofForPage, visit } from "@/lib/auth";
import { settingsPath } from "@/lib/setup";
import { TrialPage } from "../trial-page";
import { sendTrialCodeAction, tryAction } from "./actions";

export const dynamic = "force-dynamic";

const acts = { send: sendTrialCodeAction, answer: tryAction };

export default async function TryPage({ params }: { params: Promise<{ id: string }> }) {
  const session = await requireFreshProofForPage("see-settings");
  if (session.twoStepOnAt === null) redirect(settingsPath);
  const { id } = await params;
  return <TrialPage use="try" acts={acts} id={id} session={session} now={(await visit()).now} />;
}
