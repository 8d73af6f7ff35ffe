import { redirect } from "next/navigation";
import { AccountShell } from "@/components/account/account-shell";
import { LockoutTable } from "@/components/account/lockout-table";
import { Actions, Button } from "@/components/ui/button";
import { CodeList } from "@/components/ui/code-list";
import { Form } from "@/components/ui/form";
import { PageTitle } from "@/components/ui/page-title";
import { requireFreshProof, visit } from "@/lib/auth";
import { siteName } from "@/lib/kernel/site";
import { lockoutMap } from "@/lib/lockout";
import { listActiveMethods } from "@/lib/methods";
import { enrolledOf } from "@/lib/security";
import { nextPath, settingsPath, setupFacts, shownCodes } from "@/lib/setup";
import { words } from "@/lib/words";
import { savedAction } from "../actions";

export const dynamic = "force-dynamic";

export default async function DonePage() {
  const session = await requireFreshProof();
  const { now } = await visit();
  const codes = await shownCodes(session, now);
  if (codes === undefined) redirect(nextPath(await setupFacts(session, now)));
  const { methods } = await listActiveMethods(session.accountId);
  const t = words("setup");
  return (
    <AccountShell name={session.name} width="narrow">
      <PageTitle heading={t("done.heading")} site={siteName()} lead={t("done.lead")} />
      <h2>{t("done.codes")}</h2>
      <p>{t("done.codesLead")}</p>
      <CodeList codes={codes} label={t("done.codes")} />
      <Form action={savedAction}>
        <Actions>
          <Button isWide>{t("done.submit")}</Button>
        </Actions>
      </Form>
      <h2>{words("lockout")("heading")}</h2>
      <p>{words("lockout")("lead")}</p>
      <LockoutTable
        caption={words("lockout")("heading")}
        losses={lockoutMap(enrolledOf(methods, codes.length))}
        methods={methods}
      />
      <p>
        <a href={settingsPath}>{t("done.link")}</a>
      </p>
    </AccountShell>
  );
}
