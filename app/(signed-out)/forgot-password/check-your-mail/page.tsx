import { Message } from "@/components/account/message";
import { Shell } from "@/components/ui/shell";
import { siteName } from "@/lib/kernel/site";
import { words } from "@/lib/words";

export const dynamic = "force-dynamic";

/** What everybody reads who asked for a link, whether or not the address has an account. */
export default function ForgotPasswordSentPage() {
  const t = words("signUp");
  return (
    <Shell width="narrow">
      <Message
        heading={t("forgotSent.heading")}
        site={siteName()}
        paragraphs={[t("forgotSent.text"), t("forgotSent.missing")]}
        isElsewhere
        links={[
          { href: "/sign-in", label: t("forgotSent.signIn") },
          { href: "/forgot-password", label: t("forgotSent.again") },
        ]}
      />
    </Shell>
  );
}
