import { redirect } from "next/navigation";
import { AccountShell } from "@/components/account/account-shell";
import { HeldNotice } from "@/components/account/held-notice";
import { PageTitle } from "@/components/ui/page-title";
import { BackLink } from "@/components/ui/shell";
import { timeText } from "@/components/ui/time";
import { requireFreshProofForPage, typedBefore, visit } from "@/lib/auth";
import { after } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import { siteName } from "@/lib/kernel/site";
import { type ActiveMethod, describeMethod, methodWords } from "@/lib/methods";
import { settingsPath } from "@/lib/setup";
import { type Theft, viewTheft } from "@/lib/stolen";
import { listWords, words } from "@/lib/words";
import { ofTyped } from "./boxes";
import { type NamedMethod, type PerhapsMethod, StolenForm } from "./form";

export const dynamic = "force-dynamic";

const named = (method: ActiveMethod): NamedMethod => ({
  id: method.id,
  name: methodWords.name(describeMethod(method)),
  label: method.label,
});

/** Why the box of a method that may be on the phone is ticked, or is not; nothing where its owner chose. */
function hintOf(
  method: ActiveMethod,
  { ticked, used, change }: Theft,
  isChosen: boolean,
): string | undefined {
  const t = words("stolen");
  if (method.id === used) return t("alsoHint.used");
  if (method.id === change?.oldId) return t("alsoHint.changing", { until: timeText(change.until) });
  if (isChosen) return undefined;
  if (method.retiresAt !== null) return t("alsoHint.retiring");
  return t(ticked.includes(method.id) ? "alsoHint" : "alsoHint.last");
}

const perhapsOf = (theft: Theft, isChosen: boolean): PerhapsMethod[] =>
  theft.perhaps.map((method) => ({
    ...named(method),
    isTicked: theft.ticked.includes(method.id),
    hint: hintOf(method, theft, isChosen),
  }));

export default async function StolenPhonePage({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  const session = await requireFreshProofForPage("suspend-phone", id);
  if (session.twoStepOnAt === null) redirect(settingsPath);
  const { now } = await visit();
  const kept = await typedBefore(session, "suspend-phone", id);
  const chosen = ofTyped(kept);
  const theft = await viewTheft(id, session, now, chosen);
  // Somebody else's, removed, or suspended already: the settings say how things stand.
  if (theft === undefined) redirect(settingsPath);
  const t = words("stolen");
  const { thing, also, left, codesLeft, hurdle, change, held } = theft;
  const ways = [
    ...left.map((method) => methodWords.about(describeMethod(method))),
    ...(left.length > 0 && codesLeft > 0 ? [t("codes", { count: codesLeft })] : []),
  ];
  return (
    <AccountShell
      session={session}
      width="narrow"
      above={<BackLink href={settingsPath}>{t("back")}</BackLink>}
    >
      {held === undefined ? (
        <StolenForm
          site={siteName()}
          id={id}
          going={[thing, ...also].map(named)}
          perhaps={perhapsOf(theft, chosen !== undefined)}
          left={listWords(ways, "disjunction")}
          codesLeft={codesLeft}
          until={timeText(after(now, numbers.stolen.reversibleFor), "day")}
          hurdle={hurdle}
          change={change && { until: timeText(change.until), isProvable: change.isProvable }}
          isKept={kept !== undefined}
          backPath={settingsPath}
        />
      ) : (
        <>
          <PageTitle
            heading={t("heading")}
            site={siteName()}
            lead={methodWords.name(describeMethod(thing))}
          />
          <HeldNotice until={held} />
        </>
      )}
    </AccountShell>
  );
}
