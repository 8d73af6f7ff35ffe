import { redirect } from "next/navigation";
import { AccountShell } from "@/components/account/account-shell";
import { BackLink } from "@/components/ui/shell";
import { requireFreshProofForPage, visit } from "@/lib/auth";
import { siteName } from "@/lib/kernel/site";
import { settingsPath } from "@/lib/setup";
import { viewCodesTrial } from "@/lib/trial";
import { words } from "@/lib/words";
import { TryCodesForm } from "./form";

export const dynamic = "force-dynamic";

export default async function TryCodesPage() {
  const session = await requireFreshProofForPage("see-settings");
  const { triable, asked, isOver } = await viewCodesTrial(session, (await visit()).now);
  // Codes of a set that was made before there were trials: the page that makes new ones is the way on.
  if (triable === 0)
    redirect(session.twoStepOnAt === null ? settingsPath : "/account/security/recovery-codes");
  return (
    <AccountShell
      session={session}
      width="narrow"
      above={<BackLink href={settingsPath}>{words("security")("up")}</BackLink>}
    >
      <TryCodesForm site={siteName()} asked={asked} isOver={isOver} backPath={settingsPath} />
    </AccountShell>
  );
}
