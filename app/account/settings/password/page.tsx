import { AccountShell } from "@/components/account/account-shell";
import { BackLink } from "@/components/ui/shell";
import { requireFreshProofForPage } from "@/lib/auth";
import { numbers } from "@/lib/kernel/numbers";
import { siteName } from "@/lib/kernel/site";
import { words } from "@/lib/words";
import { ChangePasswordForm } from "./form";

export const dynamic = "force-dynamic";

/** "Change your password" */
export default async function ChangePasswordPage() {
  const session = await requireFreshProofForPage("change-password");
  const back = <BackLink href="/account/settings">{words("account")("back")}</BackLink>;
  return (
    <AccountShell session={session} width="narrow" above={back}>
      <ChangePasswordForm site={siteName()} least={numbers.password.minCharacters} />
    </AccountShell>
  );
}
