import { Shell } from "@/components/ui/shell";
import { readSecondLink } from "@/lib/accounts";
import { visit } from "@/lib/auth";
import { siteName } from "@/lib/kernel/site";
import { confirmSecondEmailAction } from "./actions";
import { ConfirmSecondForm, DeadLink } from "./form";

export const dynamic = "force-dynamic";

/** Where the link to a second address leads. */
export default async function ConfirmSecondPage({ params }: { params: Promise<{ token: string }> }) {
  const { token } = await params;
  const link = await readSecondLink(token, (await visit()).now);

  return (
    <Shell width="narrow">
      {link.state === "live" ? (
        <ConfirmSecondForm
          site={siteName()}
          email={link.email}
          action={confirmSecondEmailAction.bind(null, token)}
        />
      ) : (
        <DeadLink site={siteName()} problem={link.state} />
      )}
    </Shell>
  );
}
