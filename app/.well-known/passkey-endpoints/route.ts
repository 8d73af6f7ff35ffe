import { siteUrl } from "@/lib/kernel/site";
import { addPath, settingsPath } from "@/lib/setup";

export const dynamic = "force-dynamic";

/** Where password managers find the pages for passkeys (W3C "Passkey Endpoints Well-Known URL"). */
export const GET = (): Response =>
  Response.json({ enroll: siteUrl() + addPath, manage: siteUrl() + settingsPath });
