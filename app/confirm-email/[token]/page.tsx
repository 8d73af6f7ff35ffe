import { Shell } from "@/components/ui/shell";
import { readEmailLink } from "@/lib/accounts";
import { currentSession, visit } from "@/lib/auth";
import { siteName } from "@/lib/kernel/site";
import { confirmEmailAction } from "./actions";
import { ConfirmEmailForm, DeadLink } from "./form";

export const dynamic = "force-dynamic";

/** Where the link to a new address leads. */
export default async function ConfirmEmailPage({ params }: { params: Promise<{ token: string }> }) {
  const { token } = await params;
  const link = await readEmailLink(token, await currentSession(), (await visit()).now);

  return (
    <Shell width="narrow">
      {link.state === "live" ? (
        <ConfirmEmailForm
          site={siteName()}
          email={link.email}
          action={confirmEmailAction.bind(null, token)}
        />
      ) : (
        <DeadLink site={siteName()} problem={link.state} />
      )}
    </Shell>
  );
}
