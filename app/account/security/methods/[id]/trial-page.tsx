import { redirect } from "next/navigation";
import { AccountShell, type SignedIn } from "@/components/account/account-shell";
import { BackLink } from "@/components/ui/shell";
import { siteName } from "@/lib/kernel/site";
import { lineText } from "@/lib/line";
import { describeMethod, methodWords } from "@/lib/methods";
import { type Owner, settingsPath } from "@/lib/setup";
import { type MethodTrial, type TrialUse, viewMethodTrial } from "@/lib/trial";
import { words } from "@/lib/words";
import { type TrialActs, TrialForm } from "./trial-form";

function whereWords({ method, isSent, code }: MethodTrial): string | undefined {
  const t = words("trial");
  if (isSent) return code === undefined ? undefined : t("letter", { letter: code.letter });
  const facts = describeMethod(method);
  if (facts.kind === "passkey") return t("passkey.lead");
  return facts.kind === "app" ? t("where.app", { tag: facts.tag }) : t("where.other");
}

type TrialPageProps = {
  use: TrialUse;
  acts: TrialActs;
  id: string;
  session: Owner & SignedIn;
  now: Date;
};

/** The page that asks for a code of one method, to try it or to take it into use again. */
export async function TrialPage({ use, acts, id, session, now }: TrialPageProps) {
  const trial = await viewMethodTrial(use, id, session, now);
  // Answered by the door with a whole page, as for the page above this one.
  if (trial === undefined) redirect("/account/security/methods");
  const isDisabled = trial.method.disabledAt !== null;
  if (use === "try" && isDisabled) redirect(`/account/security/methods/${id}/enable`);
  const t = words("trial");
  const facts = describeMethod(trial.method);
  const isPhone = facts.kind === "phone";
  return (
    <AccountShell
      session={session}
      width="narrow"
      above={<BackLink href={settingsPath}>{words("security")("up")}</BackLink>}
    >
      <TrialForm
        acts={acts}
        use={use}
        isDone={use === "enable" && !isDisabled}
        site={siteName()}
        id={id}
        name={methodWords.name(facts)}
        label={trial.method.label}
        sending={isPhone ? t(`send.${facts.channel}`, { lastDigits: facts.lastDigits }) : undefined}
        where={whereWords(trial)}
        line={isPhone && trial.code ? lineText(trial.code.line, { lastDigits: facts.lastDigits }) : undefined}
        passkeyOptions={trial.passkeyOptions}
        isOver={trial.isOver}
        backPath={settingsPath}
      />
    </AccountShell>
  );
}
