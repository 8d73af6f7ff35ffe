import { receiveReport } from "@/lib/delivery";
import { now } from "@/lib/kernel/clock";
import { siteUrl } from "@/lib/kernel/site";

const statusOf = { unknown: 404, forged: 403, malformed: 400 } as const;

/** Providers say here what became of a message. What they sign is the address they know: SITE_URL, not the Host header. */
export async function POST(
  request: Request,
  { params }: { params: Promise<{ provider: string }> },
): Promise<Response> {
  const { provider } = await params;
  const { search } = new URL(request.url);
  const received = await receiveReport(provider, {
    url: `${siteUrl()}/api/delivery/${provider}${search}`,
    header: (name) => request.headers.get(name),
    body: await request.text(),
    now: now(),
  });
  return new Response(null, { status: received.ok ? 204 : statusOf[received.reason] });
}
