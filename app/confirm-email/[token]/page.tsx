import { Shell } from "@/components/ui/shell";
import { readEmailLink } from "@/lib/accounts";
import { currentSession, visit } from "@/lib/auth";
import { siteName } from "@/lib/kernel/site";
import { type ConfirmEmailState, confirmEmailAction } from "./actions";
import { ConfirmEmailForm, DeadLink } from "./form";

export const dynamic = "force-dynamic";

/** Where the link to a new address leads. */
export default async function ConfirmEmailPage({ params }: { params: Promise<{ token: string }> }) {
  const { token } = await params;
  const link = await readEmailLink(token, await currentSession(), (await visit()).now);

  // An inline action, because what it closes over travels encrypted and the link's token must not stand in the form.
  async function confirm(): Promise<ConfirmEmailState> {
    "use server";
    return confirmEmailAction(token);
  }

  return (
    <Shell width="narrow">
      {link.state === "live" ? (
        <ConfirmEmailForm site={siteName()} email={link.email} action={confirm} />
      ) : (
        <DeadLink site={siteName()} problem={link.state} />
      )}
    </Shell>
  );
}
