import { redirect } from "next/navigation";
import { AccountShell } from "@/components/account/account-shell";
import { BackLink } from "@/components/ui/shell";
import { requireFreshProofForPage, visit } from "@/lib/auth";
import { siteName } from "@/lib/kernel/site";
import { mayMakePasskey, methodsPath, nextPath, passkeyToMake, setupFacts } from "@/lib/setup";
import { words } from "@/lib/words";
import { MakePasskeyForm } from "./form";

export const dynamic = "force-dynamic";

export default async function MakePasskeyPage() {
  const session = await requireFreshProofForPage("add-method");
  const { now } = await visit();
  const facts = await setupFacts(session, now);
  if (!mayMakePasskey(facts)) redirect(nextPath(facts));
  const back = methodsPath(facts);
  const options = await passkeyToMake(session, now);
  if (options === undefined) redirect(back);
  return (
    <AccountShell
      session={session}
      width="narrow"
      above={
        <BackLink href={back}>
          {facts.isOn ? words("passkeys")("make.back") : words("setup")("backup.heading")}
        </BackLink>
      }
    >
      <MakePasskeyForm site={siteName()} options={options} step={facts.isOn ? undefined : 2} />
    </AccountShell>
  );
}
