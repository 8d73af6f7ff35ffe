import { redirect } from "next/navigation";
import { AccountShell } from "@/components/account/account-shell";
import { Actions, Button } from "@/components/ui/button";
import { CodeList } from "@/components/ui/code-list";
import { Form } from "@/components/ui/form";
import { PageTitle } from "@/components/ui/page-title";
import { BackLink } from "@/components/ui/shell";
import { requireFreshProof, visit } from "@/lib/auth";
import { siteName } from "@/lib/kernel/site";
import { settingsPath, shownCodes } from "@/lib/setup";
import { words } from "@/lib/words";
import { savedAction } from "../setup/actions";
import { NewCodesForm } from "./form";

export const dynamic = "force-dynamic";

export default async function RecoveryCodesPage() {
  const session = await requireFreshProof("new-recovery-codes");
  if (session.twoStepOnAt === null) redirect(settingsPath);
  const codes = await shownCodes(session, (await visit()).now);
  const t = words("security");
  return (
    <AccountShell
      name={session.name}
      width="narrow"
      above={<BackLink href={settingsPath}>{t("up")}</BackLink>}
    >
      {codes === undefined ? (
        <NewCodesForm site={siteName()} />
      ) : (
        <>
          <PageTitle heading={t("newCodes.heading")} site={siteName()} lead={t("newCodes.shown")} />
          <CodeList codes={codes} label={t("newCodes.heading")} />
          <Form action={savedAction}>
            <Actions>
              <Button isWide>{t("newCodes.saved")}</Button>
            </Actions>
          </Form>
        </>
      )}
    </AccountShell>
  );
}
