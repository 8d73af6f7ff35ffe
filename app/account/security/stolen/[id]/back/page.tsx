import { redirect } from "next/navigation";
import { AccountShell } from "@/components/account/account-shell";
import { SuspendedNames } from "@/components/account/suspended-rows";
import { BackLink } from "@/components/ui/shell";
import { requireFreshProofForPage, visit } from "@/lib/auth";
import { siteName } from "@/lib/kernel/site";
import { settingsPath } from "@/lib/setup";
import { viewSuspension } from "@/lib/stolen";
import { words } from "@/lib/words";
import { RestoreForm } from "./form";

export const dynamic = "force-dynamic";

export default async function RestorePage({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  const session = await requireFreshProofForPage("restore-phone", id);
  const suspension = await viewSuspension(id, session, (await visit()).now);
  if (suspension === undefined) redirect(settingsPath);
  const disabled = suspension.methods.filter(({ isDisabled }) => isDisabled);
  return (
    <AccountShell
      session={session}
      width="narrow"
      above={<BackLink href={settingsPath}>{words("stolen")("back")}</BackLink>}
    >
      <RestoreForm site={siteName()} id={id} backPath={settingsPath}>
        <SuspendedNames methods={suspension.methods.filter(({ isDisabled }) => !isDisabled)} />
        {disabled.length === 0 ? null : (
          <>
            <p>{words("stolen")("restore.disabled")}</p>
            <SuspendedNames methods={disabled} />
          </>
        )}
      </RestoreForm>
    </AccountShell>
  );
}
