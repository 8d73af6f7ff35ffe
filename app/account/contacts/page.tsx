import { AccountShell } from "@/components/account/account-shell";
import { BackLink } from "@/components/ui/shell";
import { timeText } from "@/components/ui/time";
import { requireFreshProofForPage } from "@/lib/auth";
import { siteName } from "@/lib/kernel/site";
import { browserText, placeOf } from "@/lib/places";
import { readNamedBy } from "@/lib/recovery";
import { words } from "@/lib/words";
import { HelpForm } from "./form";

export const dynamic = "force-dynamic";

/** When and from where a case was begun; the address itself is nothing for a contact. */
function lineOf(createdAt: Date, place: string | undefined, seen: string): string {
  const t = words("recovery");
  const at = timeText(createdAt);
  const browser = browserText(seen);
  return place === undefined
    ? t("help.caseAnywhere", { at, browser })
    : t("help.case", { at, place, browser });
}

/** "People who count on you": whoever named this person as a recovery contact. */
export default async function HelpPage() {
  const session = await requireFreshProofForPage("vouch");
  const t = words("recovery");
  const people = await readNamedBy(session);
  return (
    <AccountShell session={session} above={<BackLink href="/account">{t("own.back")}</BackLink>}>
      <HelpForm
        site={siteName()}
        people={people.map(({ id, name, acceptedAt, cases }) => ({
          id,
          name,
          line:
            acceptedAt === null ? t("help.asked") : t("help.accepted", { at: timeText(acceptedAt, "day") }),
          isAccepted: acceptedAt !== null,
          cases: cases.map(({ caseNumber, createdAt, address, browser }) => ({
            caseNumber,
            line: lineOf(createdAt, placeOf(address), browser),
          })),
        }))}
      />
    </AccountShell>
  );
}
