import { Shell } from "@/components/ui/shell";
import { visit } from "@/lib/auth";
import { siteName } from "@/lib/kernel/site";
import { passkeyOptionsForSignIn } from "@/lib/sign-in";
import { SignInForm } from "./form";

export const dynamic = "force-dynamic";

export default async function SignInPage() {
  const options = passkeyOptionsForSignIn((await visit()).now);
  return (
    <Shell width="narrow">
      <SignInForm site={siteName()} passkeyOptions={options} />
    </Shell>
  );
}
