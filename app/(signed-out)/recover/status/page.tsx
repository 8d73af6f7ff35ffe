import { redirect } from "next/navigation";
import { Shell } from "@/components/ui/shell";
import { readCookie } from "@/lib/auth";
import { viewRecovery } from "@/lib/recovery";
import { StatusView } from "../status-view";
import { finishAction, mailFinishCodeAction, stopAction } from "./actions";

export const dynamic = "force-dynamic";

/** "Your recovery", in the browser that began it. */
export default async function StatusPage({
  searchParams,
}: {
  searchParams: Promise<{ by?: string | string[] }>;
}) {
  const recovery = await viewRecovery("browser", await readCookie("recovery"));
  if (recovery === undefined) redirect("/recover");
  if (recovery.state === "collecting") redirect("/recover/proofs");
  return (
    <Shell width="narrow">
      <StatusView
        recovery={recovery}
        isHere
        isByCode={(await searchParams).by === "mail"}
        stop={stopAction}
        finish={finishAction}
        mailCode={mailFinishCodeAction}
      />
    </Shell>
  );
}
