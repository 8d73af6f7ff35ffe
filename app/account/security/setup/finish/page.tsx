import { redirect } from "next/navigation";
import { AccountShell } from "@/components/account/account-shell";
import { requireFreshProofForPage, visit } from "@/lib/auth";
import { siteName } from "@/lib/kernel/site";
import { describeMethod, listActiveMethods, methodWords } from "@/lib/methods";
import { mayVisit, nextPath, setupFacts } from "@/lib/setup";
import { words } from "@/lib/words";
import { FinishForm } from "./form";

export const dynamic = "force-dynamic";

export default async function FinishPage() {
  const session = await requireFreshProofForPage("add-method");
  const facts = await setupFacts(session, (await visit()).now);
  if (!mayVisit("finish", facts)) redirect(nextPath(facts));
  const { methods } = await listActiveMethods(session.accountId);
  const [first = "", backup = ""] = methods.map((method) => methodWords.about(describeMethod(method)));
  const t = words("setup");
  return (
    <AccountShell session={session} width="narrow">
      <FinishForm site={siteName()}>
        <ol>
          <li>{t("finish.line1")}</li>
          <li>{t("finish.line2", { first })}</li>
          <li>{t("finish.line3", { backup })}</li>
          <li>{t("finish.line4")}</li>
          <li>{t("finish.line5")}</li>
        </ol>
      </FinishForm>
    </AccountShell>
  );
}
