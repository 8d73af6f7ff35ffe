import { Shell } from "@/components/ui/shell";
import { timeText } from "@/components/ui/time";
import { visit } from "@/lib/auth";
import { siteName } from "@/lib/kernel/site";
import { lineText } from "@/lib/line";
import { type MethodFacts, methodWords } from "@/lib/methods";
import { viewWayBack, type WayBackPage } from "@/lib/undo";
import { words } from "@/lib/words";
import { chooseForWayBackAction, putBackAction } from "./actions";
import { DeadWayBack, PutBackForm } from "./form";

export const dynamic = "force-dynamic";

/** Where the link of an alert leads: a page that does nothing by itself. */
export default async function PutBackPage({ params }: { params: Promise<{ token: string }> }) {
  const { token } = await params;
  const read = await viewWayBack(token, (await visit()).now);

  const site = siteName();
  if (!read.ok)
    return (
      <Shell width="narrow">
        <DeadWayBack site={site} problem={read.reason} />
      </Shell>
    );
  const page = read.value;
  const t = words("undo");
  const { asked, ways } = page;
  return (
    <Shell width="narrow">
      <PutBackForm
        site={site}
        which={t(page.takesPassword ? "which.password" : "which")}
        lead={t(`lead.${page.kind}`, { at: timeText(page.removedAt), until: timeText(page.until, "day") })}
        asked={
          asked && {
            id: asked.id,
            name: methodWords.name(asked.facts),
            where: whereWords(page),
            line: lineWords(page),
            again: asked.facts.kind === "phone" ? t("choose.again") : undefined,
            passkeyOptions: page.passkeyOptions,
            hasPassword: page.takesPassword,
          }
        }
        ways={ways
          .filter(({ id }) => id !== asked?.id)
          .map(({ id, facts }) => ({ id, name: methodWords.name(facts), button: buttonWords(facts) }))}
        halt={haltWords(page)}
        choose={chooseForWayBackAction.bind(null, token)}
        putBack={putBackAction.bind(null, token)}
      />
    </Shell>
  );
}

function buttonWords(facts: MethodFacts): string {
  const t = words("undo");
  return facts.kind === "phone" ? t(`choose.${facts.channel}`) : t("choose.other");
}

function whereWords({ asked, code }: WayBackPage): string {
  const t = words("undo");
  if (code !== undefined) return t("letter", { letter: code.letter });
  return asked?.facts.kind === "app" ? t("where.app", { tag: asked.facts.tag }) : t("where.other");
}

const lineWords = ({ asked, code }: WayBackPage): string | undefined =>
  code === undefined || asked?.facts.kind !== "phone"
    ? undefined
    : lineText(code.line, { lastDigits: asked.facts.lastDigits });

function haltWords({ takesPassword, triesLeft, ways }: WayBackPage): string | undefined {
  const t = words("undo");
  if (ways.length === 0) return t(takesPassword ? "none.password" : "none");
  return triesLeft === 0 ? t("over", { site: siteName() }) : undefined;
}
