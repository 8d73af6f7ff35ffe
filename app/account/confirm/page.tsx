import { AccountShell } from "@/components/account/account-shell";
import { requireSession, wantedTask } from "@/lib/auth";
import { siteName } from "@/lib/kernel/site";
import { leadWords, taskFacts } from "@/lib/proof";
import { ConfirmForm } from "./form";

export const dynamic = "force-dynamic";

export default async function ConfirmPage() {
  const session = await requireSession();
  return (
    <AccountShell name={session.name} width="narrow">
      <ConfirmForm
        site={siteName()}
        email={session.email}
        lead={leadWords(taskFacts(await wantedTask(session)))}
      />
    </AccountShell>
  );
}
