import { AccountShell } from "@/components/account/account-shell";
import { Message } from "@/components/account/message";
import { requireSession } from "@/lib/auth";
import { siteName } from "@/lib/kernel/site";
import { words } from "@/lib/words";

export const dynamic = "force-dynamic";

/** What everybody reads who asked for another address, whether or not it has an account. */
export default async function ChangeEmailSentPage() {
  const session = await requireSession();
  const t = words("account");
  return (
    <AccountShell session={session} width="narrow">
      <Message
        heading={t("email.sentHeading")}
        site={siteName()}
        paragraphs={[t("email.sentText"), t("email.sentMissing")]}
        isElsewhere
        links={[{ href: "/account/settings", label: t("email.sentBack") }]}
      />
    </AccountShell>
  );
}
