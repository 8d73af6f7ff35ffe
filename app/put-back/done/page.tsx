import { Message } from "@/components/account/message";
import { Shell } from "@/components/ui/shell";
import { siteName } from "@/lib/kernel/site";
import { words } from "@/lib/words";

export const dynamic = "force-dynamic";

/** What was removed is in force again. */
export default function PutBackDonePage() {
  const t = words("undo");
  return (
    <Shell width="narrow">
      <Message
        heading={t("done.heading")}
        site={siteName()}
        paragraphs={[t("done.text"), t("done.next")]}
        links={[
          { href: "/forgot-password", label: t("done.password") },
          { href: "/sign-in", label: t("done.signIn") },
        ]}
      />
    </Shell>
  );
}
