import { redirect } from "next/navigation";
import { requireFreshProofForPage, visit } from "@/lib/auth";
import { taskOfPath } from "@/lib/proof";
import { settingsPath } from "@/lib/setup";
import { TrialPage } from "../trial-page";
import { enableAction, sendEnablingCodeAction } from "./actions";

export const dynamic = "force-dynamic";

const acts = { send: sendEnablingCodeAction, answer: enableAction };

/** Takes a method into use again that too many wrong codes disabled. */
export default async function EnablePage({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  // What is no id of anything is nothing to take into use: whoever may see the settings reads that it is not there.
  const task = taskOfPath(`/account/security/methods/${id}/enable`);
  const session = await requireFreshProofForPage(task.name, task.subject);
  if (session.twoStepOnAt === null) redirect(settingsPath);
  return <TrialPage use="enable" acts={acts} id={id} session={session} now={(await visit()).now} />;
}
