import { AccountShell } from "@/components/account/account-shell";
import { timeText } from "@/components/ui/time";
import { siteName } from "@/lib/kernel/site";
import { numberForReading } from "@/lib/methods";
import type { Pending } from "@/lib/setup";
import { words } from "@/lib/words";
import { CodeForm } from "./code-form";

type CodePageProps = {
  session: { name: string };
  phone: Pending;
  changePath: string;
  step?: number;
};

/** The page that asks for the code of a phone that is being set up. Its owner typed the number, so it is shown whole. */
export function CodePage({ session, phone, changePath, step }: CodePageProps) {
  const t = words("setup");
  const { method, codes, triesLeft } = phone;
  const newest = codes[0];
  const where =
    method.kind === "phone" && newest !== undefined
      ? t(`code.${method.data.channel}`, { number: numberForReading(method.data.number) })
      : t("code.none");
  const when = newest && t("code.sent", { letter: newest.letter, at: timeText(newest.sentAt, "clock") });
  return (
    <AccountShell name={session.name} width="narrow">
      <CodeForm
        site={siteName()}
        step={step}
        lead={when === undefined ? where : `${where} ${when}`}
        isOver={triesLeft === 0}
        changePath={changePath}
      />
    </AccountShell>
  );
}
