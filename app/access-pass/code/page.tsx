import { redirect } from "next/navigation";
import { Shell } from "@/components/ui/shell";
import { siteName } from "@/lib/kernel/site";
import { lineText } from "@/lib/line";
import { numberForReading } from "@/lib/methods";
import { words } from "@/lib/words";
import { CodeForm } from "../../account/security/setup/code-form";
import { codeByPassAction, resendByPassAction } from "../actions";
import { requirePass } from "../opened";

export const dynamic = "force-dynamic";

/** The code of the phone that is set up by an access pass. Its owner typed the number here, so it is shown whole. */
export default async function PassCodePage() {
  const { phone } = await requirePass();
  if (phone?.method.kind !== "phone" || phone.code === undefined) redirect("/access-pass/method");
  const { code, triesLeft } = phone;
  const number = numberForReading(phone.method.data.number);
  const letter = words("setup")("code.letter", { letter: code.letter });
  return (
    <Shell width="narrow">
      <CodeForm
        site={siteName()}
        where={`${lineText(code.line, { number })} ${letter}`}
        line={undefined}
        budget={{}}
        isOver={triesLeft === 0}
        changePath="/access-pass/method"
        acts={{ code: codeByPassAction, again: resendByPassAction }}
      />
    </Shell>
  );
}
