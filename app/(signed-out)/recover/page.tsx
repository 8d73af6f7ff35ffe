import { Shell } from "@/components/ui/shell";
import { readCookie, visit } from "@/lib/auth";
import { siteName } from "@/lib/kernel/site";
import { provenByAttempt } from "@/lib/sign-in";
import { BeginForm } from "./form";

export const dynamic = "force-dynamic";

/** "Get back into your account" */
export default async function RecoverPage() {
  const proven = await provenByAttempt(await readCookie("attempt"), (await visit()).now);
  return (
    <Shell width="narrow">
      <BeginForm site={siteName()} isProven={proven !== undefined} />
    </Shell>
  );
}
