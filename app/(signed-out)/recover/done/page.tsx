import { Message } from "@/components/account/message";
import { Shell } from "@/components/ui/shell";
import { siteName } from "@/lib/kernel/site";
import { words } from "@/lib/words";

export const dynamic = "force-dynamic";

/** After a recovery was finished. */
export default function RecoveredPage() {
  const t = words("recovery");
  return (
    <Shell width="narrow">
      <Message
        heading={t("done.heading")}
        site={siteName()}
        paragraphs={[t("done.text")]}
        links={[{ href: "/sign-in", label: t("done.signIn") }]}
      />
    </Shell>
  );
}
