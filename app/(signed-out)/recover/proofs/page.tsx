import { redirect } from "next/navigation";
import { Shell } from "@/components/ui/shell";
import { timeText } from "@/components/ui/time";
import { readCookie } from "@/lib/auth";
import { siteName } from "@/lib/kernel/site";
import { viewRecovery } from "@/lib/recovery";
import { words } from "@/lib/words";
import { waitText } from "../wait-words";
import { ProofsForm } from "./form";

export const dynamic = "force-dynamic";

/** "Show that it is you" */
export default async function ProofsPage() {
  const recovery = await viewRecovery("browser", await readCookie("recovery"));
  if (recovery === undefined) redirect("/recover");
  if (recovery.state !== "collecting") redirect("/recover/status");
  const t = words("recovery");
  const { verdict } = recovery;
  return (
    <Shell>
      <ProofsForm
        site={siteName()}
        lead={t("proofs.lead", { until: timeText(recovery.expiresAt, "clock") })}
        about={t("proofs.case", { case: recovery.caseNumber })}
        takesPassword={!recovery.proofs.includes("password")}
        counted={verdict.counted.map((kind) => t(`kind.${kind}`))}
        worth={verdict.ok ? t("proofs.wait", { wait: waitText(verdict.wait) }) : t("proofs.not-enough")}
      />
    </Shell>
  );
}
