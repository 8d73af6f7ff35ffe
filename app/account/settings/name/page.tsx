import { AccountShell } from "@/components/account/account-shell";
import { BackLink } from "@/components/ui/shell";
import { requireFreshProofForPage, typedBefore } from "@/lib/auth";
import { siteName } from "@/lib/kernel/site";
import { words } from "@/lib/words";
import { ChangeNameForm } from "./form";

export const dynamic = "force-dynamic";

/** "Change your name" */
export default async function ChangeNamePage() {
  const session = await requireFreshProofForPage("change-name");
  const typed = await typedBefore(session, "change-name");
  const back = <BackLink href="/account/settings">{words("account")("back")}</BackLink>;
  return (
    <AccountShell session={session} width="narrow" above={back}>
      <ChangeNameForm site={siteName()} name={session.name} typed={typed?.name} />
    </AccountShell>
  );
}
