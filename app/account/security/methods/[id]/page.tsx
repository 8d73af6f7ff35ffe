import { redirect } from "next/navigation";
import { AccountShell } from "@/components/account/account-shell";
import { BackLink } from "@/components/ui/shell";
import { requireFreshProof, visit } from "@/lib/auth";
import { siteName } from "@/lib/kernel/site";
import { describeMethod, methodWords } from "@/lib/methods";
import { taskOfPath } from "@/lib/proof";
import { readOverview, removal } from "@/lib/security";
import { settingsPath } from "@/lib/setup";
import { words } from "@/lib/words";
import { RemoveForm } from "./form";

export const dynamic = "force-dynamic";

export default async function MethodPage({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  // What is no id of anything is nothing to remove: whoever may see the settings reads that it is not there.
  const task = taskOfPath(`/account/security/methods/${id}`);
  const session = await requireFreshProof(task.name, task);
  if (session.twoStepOnAt === null) redirect(settingsPath);
  const { methods, brokenIds } = await readOverview(session.accountId, (await visit()).now);
  const method = methods.find((candidate) => candidate.id === id);
  const others = methods.filter((candidate) => candidate !== method);
  const why = removal(
    { isThere: method !== undefined || brokenIds.includes(id), isUsable: method !== undefined },
    others.length,
    false,
  );
  // The framework draws its own "not found" of a page with script only, and none runs here; this address has no page,
  // so the door answers it with a whole one.
  if (why === "not-there") redirect("/account/security/methods");
  const t = words("security");
  return (
    <AccountShell
      name={session.name}
      width="narrow"
      above={<BackLink href={settingsPath}>{t("up")}</BackLink>}
    >
      <RemoveForm
        site={siteName()}
        id={id}
        name={method ? methodWords.name(describeMethod(method)) : t("methods.broken")}
        left={others.map((other) => methodWords.about(describeMethod(other)))}
        hurdle={why}
        backPath={settingsPath}
      />
    </AccountShell>
  );
}
