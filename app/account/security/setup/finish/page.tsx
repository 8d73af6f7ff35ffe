import { redirect } from "next/navigation";
import { AccountShell } from "@/components/account/account-shell";
import { Actions, Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { Form } from "@/components/ui/form";
import { PageTitle } from "@/components/ui/page-title";
import { Steps } from "@/components/ui/steps";
import { requireFreshProof, visit } from "@/lib/auth";
import { siteName } from "@/lib/kernel/site";
import { describeMethod, listActiveMethods, methodWords } from "@/lib/methods";
import { mayVisit, nextPath, setupFacts } from "@/lib/setup";
import { words } from "@/lib/words";
import { finishAction } from "../actions";

export const dynamic = "force-dynamic";

export default async function FinishPage() {
  const session = await requireFreshProof();
  const facts = await setupFacts(session, (await visit()).now);
  if (!mayVisit("finish", facts)) redirect(nextPath(facts));
  const { methods } = await listActiveMethods(session.accountId);
  const [first = "", backup = ""] = methods.map((method) => methodWords.about(describeMethod(method)));
  const t = words("setup");
  return (
    <AccountShell name={session.name} width="narrow">
      <PageTitle
        heading={t("finish.heading")}
        site={siteName()}
        lead={t("finish.lead")}
        above={<Steps current={3} total={3} />}
      />
      <ol>
        <li>{t("finish.line1")}</li>
        <li>{t("finish.line2", { first })}</li>
        <li>{t("finish.line3", { backup })}</li>
        <li>{t("finish.line4")}</li>
        <li>{t("finish.line5")}</li>
      </ol>
      <Form action={finishAction}>
        <Checkbox label={t("finish.trust")} name="trust" hint={t("finish.trustHint")} />
        <Actions>
          <Button isWide>{t("finish.submit")}</Button>
        </Actions>
      </Form>
    </AccountShell>
  );
}
