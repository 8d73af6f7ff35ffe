import { AccountShell, type SignedIn } from "@/components/account/account-shell";
import { budgetOf } from "@/components/challenge/attempt-words";
import type { LiveLineFacts } from "@/components/challenge/live-line";
import { siteName } from "@/lib/kernel/site";
import type { Visit } from "@/lib/kernel/visit";
import { type Line, lineText } from "@/lib/line";
import { numberForReading } from "@/lib/methods";
import { type Owner, type Pending, phoneAllowance } from "@/lib/setup";
import { words } from "@/lib/words";
import { type CodeActs, CodeForm } from "./code-form";

type CodePageProps = {
  /** What its buttons do; those of the set-up where nothing else is said. */
  acts?: CodeActs;
  session: Owner & SignedIn;
  visit: Visit;
  phone: Pending;
  changePath: string;
  /** This page. */
  pagePath: string;
  step?: number;
};

const lineOfPage = (line: Line, number: string, pagePath: string): LiveLineFacts => ({
  api: "/api/line/enrolment",
  pageHref: pagePath,
  text: lineText(line, { number }),
  isSettled: line.isSettled,
  offer:
    line.channel === "voice"
      ? undefined
      : {
          way: "call",
          button: words("line")("offer.call"),
          note: words("line")("offer.switch"),
          isShown: line.offersOther,
        },
});

/** The page that asks for the code of a phone that is being set up. Its owner typed the number, so it is shown whole. */
export async function CodePage({ acts, session, visit, phone, changePath, pagePath, step }: CodePageProps) {
  const t = words("setup");
  const { method, code, triesLeft } = phone;
  const allowance = await phoneAllowance(phone, session, visit);
  const isPhone = method.kind === "phone" && code !== undefined;
  return (
    <AccountShell session={session} width="narrow">
      <CodeForm
        acts={acts}
        site={siteName()}
        step={step}
        where={isPhone ? t("code.letter", { letter: code.letter }) : t("code.none")}
        line={isPhone ? lineOfPage(code.line, numberForReading(method.data.number), pagePath) : undefined}
        budget={allowance === undefined ? {} : budgetOf(allowance, visit.now)}
        isOver={triesLeft === 0}
        changePath={changePath}
      />
    </AccountShell>
  );
}
