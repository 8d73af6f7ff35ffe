import { Shell } from "@/components/ui/shell";
import { readResetLink } from "@/lib/accounts";
import { visit } from "@/lib/auth";
import { numbers } from "@/lib/kernel/numbers";
import { siteName } from "@/lib/kernel/site";
import { recoverByLinkAction, resetPasswordAction } from "./actions";
import { DeadLink, ResetPasswordForm } from "./form";

export const dynamic = "force-dynamic";

/** Where the link of a forgotten password leads. */
export default async function ResetPasswordPage({ params }: { params: Promise<{ token: string }> }) {
  const { token } = await params;
  const state = await readResetLink(token, (await visit()).now);

  return (
    <Shell width="narrow">
      {state === "live" ? (
        <ResetPasswordForm
          site={siteName()}
          least={numbers.password.minCharacters}
          action={resetPasswordAction.bind(null, token)}
          recover={recoverByLinkAction.bind(null, token)}
        />
      ) : (
        <DeadLink site={siteName()} problem={state} />
      )}
    </Shell>
  );
}
