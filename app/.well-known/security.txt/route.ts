import { visit } from "@/lib/auth";
import { settings } from "@/lib/kernel/config";
import { after } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import { siteUrl } from "@/lib/kernel/site";

/** Where to write when somebody finds a hole (RFC 9116): the owner's contact, good for as long as the site runs. */
export async function GET(): Promise<Response> {
  const { now } = await visit();
  const lines = [
    `Contact: ${settings().securityContact}`,
    `Expires: ${after(now, numbers.securityTxt.lifetime).toISOString()}`,
    "Preferred-Languages: en",
    `Canonical: ${siteUrl()}/.well-known/security.txt`,
  ];
  return new Response(`${lines.join("\n")}\n`, { headers: { "Content-Type": "text/plain; charset=utf-8" } });
}
