import { liveLineOf } from "@/components/challenge/attempt-words";
import { peekSession, readCookie, visit } from "@/lib/auth";
import { type Line, lineText, lookAgainAfter } from "@/lib/line";
import { numberForReading } from "@/lib/methods";
import { pendingPhone } from "@/lib/setup";
import { viewAttempt } from "@/lib/sign-in";

type Context = { params: Promise<{ which: string }> };

/**
 * The line of the page that waits for a code, for our module: what the page itself would say now. It knows the attempt
 * by its cookie, or the session and what that is setting up; anybody else gets 404. At most two statements, no write.
 */
export async function GET(_request: Request, { params }: Context): Promise<Response> {
  const { which } = await params;
  const { now } = await visit();
  const found = await lineFor(which, now);
  if (found === undefined) return Response.json({}, { status: 404 });
  const { text, line, offer } = found;
  return Response.json({
    text,
    isSettled: line.isSettled,
    offersOther: line.offersOther,
    offer,
    lookAgainAfter: lookAgainAfter(line, now),
  });
}

type Found = { readonly text: string; readonly line: Line; readonly offer?: { way: string; button: string } };

async function lineFor(which: string, now: Date): Promise<Found | undefined> {
  if (which === "enrolment") {
    const session = await peekSession(now);
    const phone = session && (await pendingPhone(session, now));
    if (phone?.code === undefined || phone.method.kind !== "phone") return undefined;
    const number = numberForReading(phone.method.data.number);
    return { text: lineText(phone.code.line, { number }), line: phone.code.line };
  }
  if (which !== "sign-in" && which !== "proof") return undefined;
  const session = which === "proof" ? await peekSession(now) : undefined;
  if (which === "proof" && session === undefined) return undefined;
  const page = await viewAttempt(await readCookie("attempt"), which, session?.id ?? null, now);
  const line = page && liveLineOf(page, { api: `/api/line/${which}`, pageHref: "" });
  if (page?.code === undefined || line === undefined) return undefined;
  // Why it failed may make another way the best one than the page offered at first.
  const offer = line.offer && { way: line.offer.way, button: line.offer.button };
  return { text: line.text, line: page.code.line, offer };
}
