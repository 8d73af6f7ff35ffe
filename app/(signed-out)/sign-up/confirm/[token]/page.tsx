import { Shell } from "@/components/ui/shell";
import { readSignUpLink } from "@/lib/accounts";
import { readCookie, visit } from "@/lib/auth";
import { siteName } from "@/lib/kernel/site";
import { confirmSignUpAction } from "./actions";
import { ConfirmForm, DeadLink } from "./form";

export const dynamic = "force-dynamic";

/** Where the link of a new account leads. Programs that open every link of a mail change nothing here. */
export default async function ConfirmSignUpPage({ params }: { params: Promise<{ token: string }> }) {
  const { token } = await params;
  const link = await readSignUpLink(token, await readCookie("sign-up"), (await visit()).now);

  return (
    <Shell width="narrow">
      {link.state === "live" ? (
        <ConfirmForm
          site={siteName()}
          email={link.email}
          isPasswordNeeded={link.isPasswordNeeded}
          action={confirmSignUpAction.bind(null, token)}
        />
      ) : (
        <DeadLink site={siteName()} problem={link.state} />
      )}
    </Shell>
  );
}
