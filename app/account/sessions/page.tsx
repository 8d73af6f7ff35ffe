import { AccountShell } from "@/components/account/account-shell";
import { BackLink } from "@/components/ui/shell";
import { requireSession, visit } from "@/lib/auth";
import { before } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import { siteName } from "@/lib/kernel/site";
import { whereText } from "@/lib/places";
import { listSessions } from "@/lib/sessions";
import { words } from "@/lib/words";
import { SessionsForm } from "./form";

export const dynamic = "force-dynamic";

/** Every browser that is signed in to the account. */
export default async function SessionsPage() {
  const session = await requireSession();
  const { now } = await visit();
  const rows = await listSessions(
    session.accountId,
    before(now, numbers.session.idle),
    before(now, numbers.session.absolute),
  );
  const t = words("home");
  return (
    <AccountShell session={session} above={<BackLink href="/account">{t("back")}</BackLink>}>
      <SessionsForm
        site={siteName()}
        sessions={rows
          .map(({ address, ...row }) => ({
            ...row,
            where: whereText(address),
            isThis: row.id === session.id,
          }))
          .sort((left, right) => Number(right.isThis) - Number(left.isThis))}
      />
    </AccountShell>
  );
}
