import { Shell } from "@/components/ui/shell";
import { readSignUpLink } from "@/lib/accounts";
import { readCookie, visit } from "@/lib/auth";
import { siteName } from "@/lib/kernel/site";
import { type ConfirmState, confirmSignUpAction } from "./actions";
import { ConfirmForm, DeadLink } from "./form";

export const dynamic = "force-dynamic";

/** Where the link of a new account leads. Programs that open every link of a mail change nothing here. */
export default async function ConfirmSignUpPage({ params }: { params: Promise<{ token: string }> }) {
  const { token } = await params;
  const link = await readSignUpLink(token, await readCookie("sign-up"), (await visit()).now);

  // An inline action, because what it closes over travels encrypted and the link's token must not stand in the form.
  async function confirm(_: ConfirmState, form: FormData): Promise<ConfirmState> {
    "use server";
    return confirmSignUpAction(token, form);
  }

  return (
    <Shell width="narrow">
      {link.state === "live" ? (
        <ConfirmForm
          site={siteName()}
          email={link.email}
          isPasswordNeeded={link.isPasswordNeeded}
          action={confirm}
        />
      ) : (
        <DeadLink site={siteName()} problem={link.state} />
      )}
    </Shell>
  );
}
