import { AttemptOver } from "@/components/challenge/attempt-over";
import { isHalted, liveLineOf, whereWords, whyWords } from "@/components/challenge/attempt-words";
import { CodeForm } from "@/components/challenge/code-form";
import { PasskeyForm } from "@/components/challenge/passkey-form";
import { Shell } from "@/components/ui/shell";
import { readCookie, visit } from "@/lib/auth";
import { refusal } from "@/lib/kernel/refused";
import { siteName } from "@/lib/kernel/site";
import { viewCodePage } from "@/lib/sign-in";
import { words } from "@/lib/words";
import { answerPasskeyAction } from "./actions";
import { chooseAction } from "./other/actions";
import type { CodeRefusal } from "./post";

export const dynamic = "force-dynamic";

export default async function TwoStepPage() {
  const t = words("signIn");
  const here = await visit();
  const { page, allowance } = (await viewCodePage(await readCookie("attempt"), "sign-in", null, here)) ?? {};
  return (
    <Shell width="narrow">
      {page === undefined ? (
        <AttemptOver site={siteName()} startHref="/sign-in" />
      ) : page.passkeyOptions !== undefined ? (
        <PasskeyForm
          action={answerPasskeyAction}
          site={siteName()}
          heading={t("twoStep.title")}
          where={whereWords(page, allowance, here.now)}
          why={whyWords(page)}
          options={page.passkeyOptions}
          mayOfferTrust={page.mayOfferTrust}
          isOver={isHalted(page)}
          startHref="/sign-in"
          otherHref="/sign-in/two-step/other"
        />
      ) : (
        <CodeForm
          action="/sign-in/two-step"
          errors={refusal<CodeRefusal>()?.errors}
          site={siteName()}
          heading={t("twoStep.title")}
          where={whereWords(page, allowance, here.now)}
          line={liveLineOf(page, { api: "/api/line/sign-in", pageHref: "/sign-in/two-step" })}
          wayAction={chooseAction}
          why={whyWords(page)}
          kind={page.asked.kind === "recovery-codes" ? "recovery" : "number"}
          submit={t("twoStep.submit")}
          mayOfferTrust={page.mayOfferTrust}
          isOver={isHalted(page)}
          startHref="/sign-in"
          other={{
            href: "/sign-in/two-step/other",
            label: t(
              page.asked.kind === "phone" && !page.isCountryOff ? "twoStep.other" : "twoStep.otherApp",
            ),
          }}
        />
      )}
    </Shell>
  );
}
