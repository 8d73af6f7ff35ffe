import { redirect } from "next/navigation";
import { AccountShell } from "@/components/account/account-shell";
import { BackLink } from "@/components/ui/shell";
import { requireFreshProof, visit } from "@/lib/auth";
import { siteName } from "@/lib/kernel/site";
import { addPath, passkeyToMake, settingsPath } from "@/lib/setup";
import { words } from "@/lib/words";
import { MakePasskeyForm } from "./form";

export const dynamic = "force-dynamic";

export default async function MakePasskeyPage() {
  const session = await requireFreshProof("add-method");
  if (session.twoStepOnAt === null) redirect(settingsPath);
  const options = await passkeyToMake(session, (await visit()).now);
  if (options === undefined) redirect(addPath);
  return (
    <AccountShell
      name={session.name}
      width="narrow"
      above={<BackLink href={addPath}>{words("passkeys")("make.back")}</BackLink>}
    >
      <MakePasskeyForm site={siteName()} options={options} />
    </AccountShell>
  );
}
