import { AccountShell } from "@/components/account/account-shell";
import { requireSession, visit, wantedTask } from "@/lib/auth";
import { siteName } from "@/lib/kernel/site";
import { leadWords, taskFacts } from "@/lib/proof";
import { passkeyOptionsForProof } from "@/lib/sign-in";
import { ConfirmForm } from "./form";

export const dynamic = "force-dynamic";

export default async function ConfirmPage() {
  const session = await requireSession({ mayLackTwoStep: true });
  const options = session.twoStepOnAt
    ? await passkeyOptionsForProof(session, (await visit()).now)
    : undefined;
  return (
    <AccountShell session={session} width="narrow">
      <ConfirmForm
        site={siteName()}
        email={session.email}
        lead={leadWords(taskFacts(await wantedTask(session)))}
        passkeyOptions={options}
      />
    </AccountShell>
  );
}
