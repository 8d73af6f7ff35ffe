import { redirect } from "next/navigation";
import { AccountShell } from "@/components/account/account-shell";
import { Actions, Button } from "@/components/ui/button";
import { Form } from "@/components/ui/form";
import { Notice } from "@/components/ui/notice";
import { PageTitle } from "@/components/ui/page-title";
import { BackLink } from "@/components/ui/shell";
import { timeText } from "@/components/ui/time";
import { requireFreshProof, visit } from "@/lib/auth";
import { numbers } from "@/lib/kernel/numbers";
import { siteName } from "@/lib/kernel/site";
import { readOverview } from "@/lib/security";
import { settingsPath, shownCodes } from "@/lib/setup";
import { words } from "@/lib/words";
import { haveCodesAction, makeNewCodesAction } from "./actions";
import { SavedForm } from "./saved-form";

export const dynamic = "force-dynamic";

export default async function RecoveryCodesPage() {
  const session = await requireFreshProof("new-recovery-codes");
  if (session.twoStepOnAt === null) redirect(settingsPath);
  const { now } = await visit();
  const shown = await shownCodes(session, now);
  const t = words("security");
  return (
    <AccountShell
      name={session.name}
      width="narrow"
      above={<BackLink href={settingsPath}>{t("up")}</BackLink>}
    >
      {shown === undefined ? (
        <Standing accountId={session.accountId} now={now} />
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
async function Standing({ accountId, now }: { accountId: string; now: Date }) {
  const t = words("recoveryCodes");
  const { codesLeft, codesMadeAt, codesUnsavedSince } = await readOverview(accountId, now);
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
      <Form action={makeNewCodesAction}>
        <Actions>
          <Button isWide>{words("security")("newCodes.submit")}</Button>
        </Actions>
      </Form>
    </>
  );
}
