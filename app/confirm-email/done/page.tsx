import { Message } from "@/components/account/message";
import { Shell } from "@/components/ui/shell";
import { siteName } from "@/lib/kernel/site";
import { words } from "@/lib/words";

export const dynamic = "force-dynamic";

/** The new address is in force. */
export default function ConfirmEmailDonePage() {
  const t = words("signUp");
  return (
    <Shell width="narrow">
      <Message
        heading={t("confirmEmailDone.heading")}
        site={siteName()}
        paragraphs={[t("confirmEmailDone.text")]}
        links={[{ href: "/account", label: t("confirmEmailDone.account") }]}
      />
    </Shell>
  );
}
