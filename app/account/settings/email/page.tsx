import { AccountShell } from "@/components/account/account-shell";
import { BackLink } from "@/components/ui/shell";
import { requireFreshProofForPage, typedBefore } from "@/lib/auth";
import { siteName } from "@/lib/kernel/site";
import { words } from "@/lib/words";
import { ChangeEmailForm } from "./form";

export const dynamic = "force-dynamic";

/** "Change your e-mail address" */
export default async function ChangeEmailPage() {
  const session = await requireFreshProofForPage("change-email");
  const typed = await typedBefore(session, "change-email");
  const back = <BackLink href="/account/settings">{words("account")("back")}</BackLink>;
  return (
    <AccountShell session={session} width="narrow" above={back}>
      <ChangeEmailForm site={siteName()} current={session.email} typed={typed?.email} />
    </AccountShell>
  );
}
