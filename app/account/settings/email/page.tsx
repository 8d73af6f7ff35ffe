import { AccountShell } from "@/components/account/account-shell";
import { BackLink } from "@/components/ui/shell";
import { requireFreshProof, typedBefore } from "@/lib/auth";
import { siteName } from "@/lib/kernel/site";
import { words } from "@/lib/words";
import { ChangeEmailForm } from "./form";

export const dynamic = "force-dynamic";

/** "Change your e-mail address" */
export default async function ChangeEmailPage() {
  const session = await requireFreshProof();
  const before = await typedBefore(session, "email");
  const back = <BackLink href="/account/settings">{words("account")("back")}</BackLink>;
  return (
    <AccountShell name={session.name} width="narrow" above={back}>
      <ChangeEmailForm site={siteName()} current={session.email} before={before.email} />
    </AccountShell>
  );
}
