import { redirect } from "next/navigation";
import { AccountShell } from "@/components/account/account-shell";
import { HeldNotice } from "@/components/account/held-notice";
import { Actions, Button } from "@/components/ui/button";
import { Form } from "@/components/ui/form";
import { PageTitle } from "@/components/ui/page-title";
import { BackLink } from "@/components/ui/shell";
import { requireFreshProofForPage, visit } from "@/lib/auth";
import { isTwoStepRequired, siteName } from "@/lib/kernel/site";
import { readHold } from "@/lib/proof";
import { settingsPath } from "@/lib/setup";
import { words } from "@/lib/words";
import { turnOffAction } from "./actions";

export const dynamic = "force-dynamic";

export default async function TurnOffPage() {
  const session = await requireFreshProofForPage("turn-off");
  if (session.twoStepOnAt === null || isTwoStepRequired()) redirect(settingsPath);
  const held = await readHold(session, (await visit()).now);
  const t = words("security");
  return (
    <AccountShell session={session} width="narrow" above={<BackLink href={settingsPath}>{t("up")}</BackLink>}>
      <PageTitle heading={t("off.heading")} site={siteName()} lead={t("off.what")} />
      <ul>
        <li>{t("off.line1")}</li>
        <li>{t("off.line2")}</li>
        <li>{t("off.line3")}</li>
      </ul>
      {held === undefined ? (
        <Form action={turnOffAction}>
          <Actions>
            <Button variant="danger">{t("off.submit")}</Button>
            <a href={settingsPath}>{t("off.keep")}</a>
          </Actions>
        </Form>
      ) : (
        <HeldNotice until={held} />
      )}
    </AccountShell>
  );
}
