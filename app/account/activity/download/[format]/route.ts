import { notFound, redirect } from "next/navigation";
import { allEvents, exportFormats, exportText } from "@/lib/activity";
import { requireSession, visit } from "@/lib/auth";
import { currentLanguage, inLanguage } from "@/lib/kernel/language";
import { siteName } from "@/lib/kernel/site";
import { placeOf } from "@/lib/places";
import { isProofEnough } from "@/lib/proof";

const types = { csv: "text/csv; charset=utf-8; header=present", json: "application/json; charset=utf-8" };

/**
 * The whole log as a file, piece by piece. Without a fresh proof it leads to its page, which asks for one: a download
 * itself cannot be come back to.
 */
export async function GET(
  _request: Request,
  { params }: { params: Promise<{ format: string }> },
): Promise<Response> {
  const session = await requireSession();
  const { now } = await visit();
  const { format: asked } = await params;
  const format = exportFormats.find((name) => name === asked);
  if (format === undefined) notFound();
  if (!isProofEnough(session, { name: "see-settings" }, now)) redirect("/account/activity/download");
  const pieces = exportText(format, allEvents(session.accountId), placeOf);
  const encoder = new TextEncoder();
  // Whoever pulls the pieces does so outside of this request.
  const language = currentLanguage();
  const body = new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const { value, done } = await inLanguage(language, () => pieces.next());
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    cancel: async () => {
      await pieces.return(undefined);
    },
  });
  const site =
    siteName()
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-|-$/g, "") || "account";
  const name = `${site}-activity-${now.toISOString().slice(0, 10)}.${format}`;
  return new Response(body, {
    headers: { "Content-Type": types[format], "Content-Disposition": `attachment; filename="${name}"` },
  });
}
