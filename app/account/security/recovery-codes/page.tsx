import { redirect } from "next/navigation";
import { AccountShell } from "@/components/account/account-shell";
import { HeldNotice } from "@/components/account/held-notice";
import { Actions, Button } from "@/components/ui/button";
import { Form } from "@/components/ui/form";
import { Notice } from "@/components/ui/notice";
import { PageTitle } from "@/components/ui/page-title";
import { BackLink } from "@/components/ui/shell";
import { timeText } from "@/components/ui/time";
import { requireFreshProofForPage, visit } from "@/lib/auth";
import { numbers } from "@/lib/kernel/numbers";
import { siteName } from "@/lib/kernel/site";
import { readHold } from "@/lib/proof";
import { readOverview } from "@/lib/security";
import { type Owner, settingsPath, shownCodes } from "@/lib/setup";
import { words } from "@/lib/words";
import { haveCodesAction, makeNewCodesAction } from "./actions";
import { SavedForm } from "./saved-form";

export const dynamic = "force-dynamic";

export default async function RecoveryCodesPage() {
  const session = await requireFreshProofForPage("new-recovery-codes");
  if (session.twoStepOnAt === null) redirect(settingsPath);
  const { now } = await visit();
  const shown = await shownCodes(session, now);
  const t = words("security");
  return (
    <AccountShell session={session} width="narrow" above={<BackLink href={settingsPath}>{t("up")}</BackLink>}>
      {shown === undefined ? (
        <Standing session={session} now={now} />
      ) : (
        <SavedForm
          site={siteName()}
          heading={t("newCodes.heading")}
          lead={shown.isPending ? words("recoveryCodes")("pending") : t("newCodes.shown")}
          label={t("newCodes.heading")}
          codes={shown.codes}
          set={shown.id}
          submit={shown.isPending ? words("recoveryCodes")("replace") : words("setup")("done.submit")}
        />
      )}
    </AccountShell>
  );
}

/** How many are left, since when, whether they were saved; and the way to new ones. */
async function Standing({ session, now }: { session: Owner; now: Date }) {
  const t = words("recoveryCodes");
  const [{ codesLeft, codesMadeAt, codesUnsavedSince }, held] = await Promise.all([
    readOverview(session.accountId, now),
    readHold(session, now),
  ]);
  const { count: total, warnAt } = numbers.recoveryCodes;
  return (
    <>
      <PageTitle
        heading={words("security")("newCodes.heading")}
        site={siteName()}
        lead={<p>{words("security")("newCodes.lead")}</p>}
      />
      {codesMadeAt === null ? null : (
        <p>{t("left", { left: codesLeft, total, at: timeText(codesMadeAt, "day") })}</p>
      )}
      {codesLeft <= warnAt ? <Notice tone="warning">{t("few")}</Notice> : null}
      {codesUnsavedSince === null ? null : (
        <Notice tone="warning" title={t("unsaved.title")}>
          <p>{t("unsaved.text", { at: timeText(codesUnsavedSince, "day") })}</p>
          <Form action={haveCodesAction}>
            <Button variant="secondary">{t("unsaved.have")}</Button>
          </Form>
        </Notice>
      )}
      {held === undefined ? (
        <Form action={makeNewCodesAction}>
          <Actions>
            <Button isWide>{words("security")("newCodes.submit")}</Button>
          </Actions>
        </Form>
      ) : (
        <HeldNotice until={held} />
      )}
    </>
  );
}
