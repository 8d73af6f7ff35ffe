import { Message } from "@/components/account/message";
import { Shell } from "@/components/ui/shell";
import { siteName } from "@/lib/kernel/site";
import { words } from "@/lib/words";

export const dynamic = "force-dynamic";

/** The password is changed; nobody is signed in by that. */
export default function ResetPasswordDonePage() {
  const t = words("signUp");
  return (
    <Shell width="narrow">
      <Message
        heading={t("resetDone.heading")}
        site={siteName()}
        paragraphs={[t("resetDone.text")]}
        links={[{ href: "/sign-in", label: t("resetDone.signIn") }]}
      />
    </Shell>
  );
}
