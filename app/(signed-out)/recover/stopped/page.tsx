import { Message } from "@/components/account/message";
import { Shell } from "@/components/ui/shell";
import { siteName } from "@/lib/kernel/site";
import { words } from "@/lib/words";

export const dynamic = "force-dynamic";

/** After a recovery was stopped: what to do so that it does not come again. */
export default function StoppedPage() {
  const t = words("recovery");
  return (
    <Shell width="narrow">
      <Message
        heading={t("stopped.heading")}
        site={siteName()}
        paragraphs={[t("stopped.text"), t("stopped.secure")]}
        links={[
          { href: "/forgot-password", label: t("stopped.password") },
          { href: "/account/activity", label: t("stopped.activity") },
          { href: "/recover", label: t("stopped.again") },
        ]}
      />
    </Shell>
  );
}
