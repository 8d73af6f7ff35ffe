import { Shell } from "@/components/ui/shell";
import { siteName } from "@/lib/kernel/site";
import { ForgotPasswordForm } from "./form";

export const dynamic = "force-dynamic";

/** "Forgot your password?" */
export default function ForgotPasswordPage() {
  return (
    <Shell width="narrow">
      <ForgotPasswordForm site={siteName()} />
    </Shell>
  );
}
