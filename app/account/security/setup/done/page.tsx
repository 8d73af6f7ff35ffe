import { redirect } from "next/navigation";
import { AccountShell } from "@/components/account/account-shell";
import { LockoutTable } from "@/components/account/lockout-table";
import { LinkButton } from "@/components/ui/button";
import { requireFreshProofForPage, visit } from "@/lib/auth";
import { siteName } from "@/lib/kernel/site";
import { lockoutMap } from "@/lib/lockout";
import { listActiveMethods } from "@/lib/methods";
import { enrolledOf } from "@/lib/security";
import { nextPath, settingsPath, setupFacts, shownCodes } from "@/lib/setup";
import { words } from "@/lib/words";
import { SavedForm } from "../../recovery-codes/saved-form";

export const dynamic = "force-dynamic";

export default async function DonePage() {
  const session = await requireFreshProofForPage("see-settings");
  const { now } = await visit();
  const shown = await shownCodes(session, now);
  if (shown === undefined || shown.isPending) redirect(nextPath(await setupFacts(session, now)));
  const { methods } = await listActiveMethods(session.accountId);
  const t = words("setup");
  return (
    <AccountShell session={session} width="narrow">
      <SavedForm
        site={siteName()}
        heading={t("done.heading")}
        lead={t("done.lead")}
        about={{ heading: t("done.codes"), text: t("done.codesLead") }}
        label={t("done.codes")}
        codes={shown.codes}
        set={shown.id}
        submit={t("done.submit")}
      >
        <h2>{words("lockout")("heading")}</h2>
        <p>{words("lockout")("lead")}</p>
        <LockoutTable
          caption={words("lockout")("heading")}
          losses={lockoutMap(enrolledOf(methods, shown.codes.length))}
          methods={methods}
        />
      </SavedForm>
      <p>
        <LinkButton variant="link" href={settingsPath}>
          {t("done.link")}
        </LinkButton>
      </p>
    </AccountShell>
  );
}
