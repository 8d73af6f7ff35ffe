import { redirect } from "next/navigation";
import { AccountShell } from "@/components/account/account-shell";
import { HeldNotice } from "@/components/account/held-notice";
import { PageTitle } from "@/components/ui/page-title";
import { BackLink } from "@/components/ui/shell";
import { languages, requireFreshProofForPage, typedBefore, visit } from "@/lib/auth";
import { siteName } from "@/lib/kernel/site";
import { countryOfLanguages, describeMethod, listCountries } from "@/lib/methods";
import { changeableNumbers } from "@/lib/new-number";
import { readHold } from "@/lib/proof";
import { settingsPath } from "@/lib/setup";
import { words } from "@/lib/words";
import { NewNumberForm } from "./form";

export const dynamic = "force-dynamic";

export default async function NewNumberOfPage({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  const session = await requireFreshProofForPage("change-number", id);
  if (session.twoStepOnAt === null) redirect(settingsPath);
  const phone = (await changeableNumbers(session)).find((candidate) => candidate.id === id);
  const facts = phone && describeMethod(phone);
  // Somebody else's, removed, or on its way out already: the settings say how things stand.
  if (facts?.kind !== "phone") redirect(settingsPath);
  const typed = await typedBefore(session, "change-number", id);
  const held = await readHold(session, (await visit()).now);
  return (
    <AccountShell
      session={session}
      width="narrow"
      above={<BackLink href={settingsPath}>{words("newNumber")("back")}</BackLink>}
    >
      {held === undefined ? (
        <NewNumberForm
          site={siteName()}
          id={id}
          lastDigits={facts.lastDigits}
          countries={listCountries().map(({ code, name, callingCode }) => ({
            value: code,
            label: words("setup")("country.option", { name, code: callingCode }),
          }))}
          country={countryOfLanguages(await languages())}
          typed={typed?.number === undefined ? undefined : typed}
        />
      ) : (
        <>
          <PageTitle heading={words("newNumber")("heading")} site={siteName()} />
          <HeldNotice until={held} />
        </>
      )}
    </AccountShell>
  );
}
