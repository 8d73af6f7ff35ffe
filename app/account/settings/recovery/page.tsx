import { AccountShell } from "@/components/account/account-shell";
import { BackLink } from "@/components/ui/shell";
import { timeText } from "@/components/ui/time";
import { findOwner } from "@/lib/accounts";
import { requireFreshProofForPage, typedBefore } from "@/lib/auth";
import { siteName } from "@/lib/kernel/site";
import { readContacts } from "@/lib/recovery";
import { words } from "@/lib/words";
import { KeptForm } from "./form";

export const dynamic = "force-dynamic";

/** "Ways back in": what is kept for the day when every way of getting codes is lost. */
export default async function KeptPage() {
  const session = await requireFreshProofForPage("ways-back");
  const [owner, contacts] = await Promise.all([
    findOwner(session.accountId),
    readContacts(session.accountId),
  ]);
  const typed = await typedBefore(session, "ways-back");
  const t = words("recovery");
  const email = owner?.secondEmail;
  const since = owner?.secondEmailSince;
  return (
    <AccountShell session={session} above={<BackLink href="/account/settings">{t("kept.back")}</BackLink>}>
      <KeptForm
        site={siteName()}
        typed={typed}
        second={
          email == null || since == null
            ? undefined
            : { email, line: t("kept.second.since", { email, at: timeText(since, "day") }) }
        }
        contacts={contacts.map((contact) => ({
          id: contact.id,
          email: contact.emailKey,
          line:
            contact.acceptedAt === null
              ? t("kept.contacts.waiting", { at: timeText(contact.createdAt, "day") })
              : t("kept.contacts.accepted", { at: timeText(contact.acceptedAt, "day") }),
        }))}
      />
    </AccountShell>
  );
}
