import { redirect } from "next/navigation";
import { requireFreshProofForPage, visit } from "@/lib/auth";
import { recoveryFile } from "@/lib/methods";
import { shownCodes } from "@/lib/setup";

export const dynamic = "force-dynamic";

/**
 * "Download": the codes that this session is shown, as a text file. It reads and writes nothing else; when they are
 * shown no more, their page says how things stand.
 */
export async function GET(): Promise<Response> {
  const session = await requireFreshProofForPage("new-recovery-codes");
  const { now } = await visit();
  const shown = await shownCodes(session, now);
  if (shown === undefined) redirect("/account/security/recovery-codes");
  const { name, text } = recoveryFile(session.email, shown.codes, now);
  return new Response(text, {
    headers: {
      "Content-Type": "text/plain; charset=utf-8",
      "Content-Disposition": `attachment; filename="${name}"`,
      "Cache-Control": "no-store",
    },
  });
}
