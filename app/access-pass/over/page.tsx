import { Message } from "@/components/account/message";
import { Shell } from "@/components/ui/shell";
import { siteName } from "@/lib/kernel/site";
import { words } from "@/lib/words";

export const dynamic = "force-dynamic";

/** An access pass that was opened in this browser is good for nothing any more. */
export default function PassOverPage() {
  const t = words("desk");
  return (
    <Shell width="narrow">
      <Message
        heading={t("over.heading")}
        site={siteName()}
        paragraphs={[t("over.text")]}
        links={[
          { href: "/access-pass", label: t("over.again") },
          { href: "/sign-in", label: t("pass.back") },
        ]}
      />
    </Shell>
  );
}
