import { Message } from "@/components/account/message";
import { Shell } from "@/components/ui/shell";
import { siteName } from "@/lib/kernel/site";
import { words } from "@/lib/words";

export const dynamic = "force-dynamic";

/** After a second address was confirmed. */
export default function SecondConfirmedPage() {
  const t = words("recovery");
  return (
    <Shell width="narrow">
      <Message
        heading={t("secondDone.heading")}
        site={siteName()}
        paragraphs={[t("secondDone.text")]}
        links={[{ href: "/account", label: t("secondDone.account") }]}
      />
    </Shell>
  );
}
