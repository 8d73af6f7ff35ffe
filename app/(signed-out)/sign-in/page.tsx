import { Shell } from "@/components/ui/shell";
import { siteName } from "@/lib/kernel/site";
import { SignInForm } from "./form";

export const dynamic = "force-dynamic";

export default function SignInPage() {
  return (
    <Shell width="narrow">
      <SignInForm site={siteName()} />
    </Shell>
  );
}
