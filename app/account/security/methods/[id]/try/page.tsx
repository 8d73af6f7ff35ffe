import { redirect } from "next/navigation";
import { AccountShell } from "@/components/account/account-shell";
import { BackLink } from "@/components/ui/shell";
import { requireFreshProof, visit } from "@/lib/auth";
import { siteName } from "@/lib/kernel/site";
import { lineText } from "@/lib/line";
import { describeMethod, methodWords } from "@/lib/methods";
import { settingsPath } from "@/lib/setup";
import { type MethodTrial, viewMethodTrial } from "@/lib/trial";
import { words } from "@/lib/words";
import { TryForm } from "./form";

export const dynamic = "force-dynamic";

function whereWords({ method, isSent, code }: MethodTrial): string | undefined {
  const t = words("trial");
  if (isSent) return code === undefined ? undefined : t("letter", { letter: code.letter });
  const facts = describeMethod(method);
  if (facts.kind === "passkey") return t("passkey.lead");
  return facts.kind === "app" ? t("where.app", { tag: facts.tag }) : t("where.other");
}

export default async function TryPage({ params }: { params: Promise<{ id: string }> }) {
  const session = await requireFreshProof();
  if (session.twoStepOnAt === null) redirect(settingsPath);
  const { id } = await params;
  const trial = await viewMethodTrial(id, session, (await visit()).now);
  // Answered by the door with a whole page, as for the page above this one.
  if (trial === undefined) redirect("/account/security/methods");
  const t = words("trial");
  const facts = describeMethod(trial.method);
  const isPhone = facts.kind === "phone";
  return (
    <AccountShell
      name={session.name}
      width="narrow"
      above={<BackLink href={settingsPath}>{words("security")("up")}</BackLink>}
    >
      <TryForm
        site={siteName()}
        id={id}
        name={methodWords.name(facts)}
        label={trial.method.label}
        sending={isPhone ? t(`send.${facts.channel}`, { lastDigits: facts.lastDigits }) : undefined}
        where={whereWords(trial)}
        line={isPhone && trial.code ? lineText(trial.code.line, { lastDigits: facts.lastDigits }) : undefined}
        passkeyOptions={trial.passkeyOptions}
        isOver={trial.isOver}
        isDisabled={trial.method.disabledAt !== null}
        backPath={settingsPath}
      />
    </AccountShell>
  );
}
