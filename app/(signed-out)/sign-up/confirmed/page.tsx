import { Message } from "@/components/account/message";
import { Shell } from "@/components/ui/shell";
import { siteName } from "@/lib/kernel/site";
import { words } from "@/lib/words";

export const dynamic = "force-dynamic";

/** The account is made; nobody is signed in by that. */
export default function SignUpConfirmedPage() {
  const t = words("signUp");
  return (
    <Shell width="narrow">
      <Message
        heading={t("confirmed.heading")}
        site={siteName()}
        paragraphs={[t("confirmed.text")]}
        links={[{ href: "/sign-in", label: t("confirmed.signIn") }]}
      />
    </Shell>
  );
}
