import { Shell } from "@/components/ui/shell";
import { readCookie, visit } from "@/lib/auth";
import { refusal } from "@/lib/kernel/refused";
import { siteName } from "@/lib/kernel/site";
import { passkeyOptionsForSignIn } from "@/lib/sign-in";
import { SignInForm } from "./form";
import type { SignInRefusal } from "./post";

export const dynamic = "force-dynamic";

export default async function SignInPage() {
  const options = passkeyOptionsForSignIn((await visit()).now);
  const isSignedOut = (await readCookie("signed-out")) !== undefined;
  return (
    <Shell width="narrow">
      <SignInForm
        site={siteName()}
        refusal={refusal<SignInRefusal>()}
        isSignedOut={isSignedOut}
        passkeyOptions={options}
      />
    </Shell>
  );
}
