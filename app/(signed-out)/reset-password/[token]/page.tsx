import { Shell } from "@/components/ui/shell";
import { readResetLink } from "@/lib/accounts";
import { visit } from "@/lib/auth";
import { numbers } from "@/lib/kernel/numbers";
import { siteName } from "@/lib/kernel/site";
import { type ResetState, recoverByLinkAction, resetPasswordAction } from "./actions";
import { DeadLink, ResetPasswordForm } from "./form";

export const dynamic = "force-dynamic";

/** Where the link of a forgotten password leads. */
export default async function ResetPasswordPage({ params }: { params: Promise<{ token: string }> }) {
  const { token } = await params;
  const state = await readResetLink(token, (await visit()).now);

  // An inline action, because what it closes over travels encrypted and the link's token must not stand in the form.
  async function save(_: ResetState, form: FormData): Promise<ResetState> {
    "use server";
    return resetPasswordAction(token, form);
  }

  async function recover(): Promise<ResetState> {
    "use server";
    return recoverByLinkAction(token);
  }

  return (
    <Shell width="narrow">
      {state === "live" ? (
        <ResetPasswordForm
          site={siteName()}
          least={numbers.password.minCharacters}
          action={save}
          recover={recover}
        />
      ) : (
        <DeadLink site={siteName()} problem={state} />
      )}
    </Shell>
  );
}
