import { Shell } from "@/components/ui/shell";
import { readSecondLink } from "@/lib/accounts";
import { visit } from "@/lib/auth";
import { siteName } from "@/lib/kernel/site";
import { type ConfirmSecondState, confirmSecondEmailAction } from "./actions";
import { ConfirmSecondForm, DeadLink } from "./form";

export const dynamic = "force-dynamic";

/** Where the link to a second address leads. */
export default async function ConfirmSecondPage({ params }: { params: Promise<{ token: string }> }) {
  const { token } = await params;
  const link = await readSecondLink(token, (await visit()).now);

  // An inline action, because what it closes over travels encrypted and the link's token must not stand in the form.
  async function confirm(): Promise<ConfirmSecondState> {
    "use server";
    return confirmSecondEmailAction(token);
  }

  return (
    <Shell width="narrow">
      {link.state === "live" ? (
        <ConfirmSecondForm site={siteName()} email={link.email} action={confirm} />
      ) : (
        <DeadLink site={siteName()} problem={link.state} />
      )}
    </Shell>
  );
}
