import { z } from "zod";
import { changeLanguage } from "@/lib/accounts";
import { currentSession, pageBefore, postVisit, writeCookie } from "@/lib/auth";
import { parseForm } from "@/lib/kernel/form";
import { languages } from "@/lib/kernel/language";

/**
 * What the switch at the foot of every page posts to: this browser gets its pages in another language from now on, and
 * somebody who is signed in their messages too. A route and no action, so that it leads back from any page, the door's
 * own among them.
 */
export async function POST(request: Request): Promise<Response> {
  const visit = await postVisit();
  const form = await request.formData().catch(() => new FormData()); // no form at all is one without a language
  const parsed = parseForm(form, { language: z.enum(languages) });
  if (!parsed.ok) return new Response(null, { status: 400 });
  const { language } = parsed.data;
  const session = await currentSession();
  if (session !== undefined) await changeLanguage(session, language, visit);
  await writeCookie("language", language);
  return new Response(null, {
    status: 303,
    headers: { Location: pageBefore(request.headers.get("referer")) },
  });
}
