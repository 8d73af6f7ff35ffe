import { Message } from "@/components/account/message";
import { Shell } from "@/components/ui/shell";
import { siteName } from "@/lib/kernel/site";
import { words } from "@/lib/words";

export const dynamic = "force-dynamic";

/** What everybody reads who asked for an account. */
export default function SignUpSentPage() {
  const t = words("signUp");
  return (
    <Shell width="narrow">
      <Message
        heading={t("sent.heading")}
        site={siteName()}
        paragraphs={[t("sent.text"), t("sent.sameBrowser"), t("sent.missing")]}
        isElsewhere
        links={[
          { href: "/sign-in", label: t("sent.signIn") },
          { href: "/sign-up", label: t("sent.again") },
        ]}
      />
    </Shell>
  );
}
