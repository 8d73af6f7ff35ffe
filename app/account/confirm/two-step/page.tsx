import { AccountShell } from "@/components/account/account-shell";
import { AttemptOver } from "@/components/challenge/attempt-over";
import { isHalted, liveLineOf, whereWords, whyWords } from "@/components/challenge/attempt-words";
import { ActionCodeForm } from "@/components/challenge/code-form";
import { PasskeyForm } from "@/components/challenge/passkey-form";
import { readCookie, requireSession, visit } from "@/lib/auth";
import { siteName } from "@/lib/kernel/site";
import { viewCodePage } from "@/lib/sign-in";
import { words } from "@/lib/words";
import { confirmAnswerAction, confirmPasskeyAnswerAction } from "./actions";
import { chooseForProofAction } from "./other/actions";

export const dynamic = "force-dynamic";

export default async function ConfirmTwoStepPage() {
  const t = words("signIn");
  const session = await requireSession();
  const here = await visit();
  const { page, allowance } =
    (await viewCodePage(await readCookie("attempt"), "proof", session.id, here)) ?? {};
  return (
    <AccountShell session={session} width="narrow">
      {page === undefined ? (
        <AttemptOver site={siteName()} startHref="/account/confirm" />
      ) : page.passkeyOptions !== undefined ? (
        <PasskeyForm
          action={confirmPasskeyAnswerAction}
          site={siteName()}
          heading={t("twoStep.title")}
          where={whereWords(page, allowance, here.now)}
          why={whyWords(page)}
          options={page.passkeyOptions}
          mayOfferTrust={false}
          isOver={isHalted(page)}
          startHref="/account/confirm"
          otherHref="/account/confirm/two-step/other"
        />
      ) : (
        <ActionCodeForm
          action={confirmAnswerAction}
          site={siteName()}
          heading={t("twoStep.title")}
          where={whereWords(page, allowance, here.now)}
          line={liveLineOf(page, { api: "/api/line/proof", pageHref: "/account/confirm/two-step" })}
          wayAction={chooseForProofAction}
          why={whyWords(page)}
          kind={page.asked.kind === "recovery-codes" ? "recovery" : "number"}
          submit={words("proof")("twoStep.submit")}
          mayOfferTrust={false}
          isOver={isHalted(page)}
          startHref="/account/confirm"
          other={{
            href: "/account/confirm/two-step/other",
            label: t(
              page.asked.kind === "phone" && !page.isCountryOff ? "twoStep.other" : "twoStep.otherApp",
            ),
          }}
        />
      )}
    </AccountShell>
  );
}
