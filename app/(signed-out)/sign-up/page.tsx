import { Shell } from "@/components/ui/shell";
import { numbers } from "@/lib/kernel/numbers";
import { siteName } from "@/lib/kernel/site";
import { SignUpForm } from "./form";

export const dynamic = "force-dynamic";

/** "Create your account" */
export default function SignUpPage() {
  return (
    <Shell width="narrow">
      <SignUpForm site={siteName()} least={numbers.password.minCharacters} />
    </Shell>
  );
}
