import { AccountShell } from "@/components/account/account-shell";
import { AttemptOver } from "@/components/challenge/attempt-over";
import { haltedWords, waysOf } from "@/components/challenge/attempt-words";
import { OtherWays } from "@/components/challenge/other-ways";
import { readCookie, requireSession, visit } from "@/lib/auth";
import { siteName } from "@/lib/kernel/site";
import { viewOtherWays } from "@/lib/sign-in";
import { chooseForProofAction } from "./actions";

export const dynamic = "force-dynamic";

export default async function ConfirmOtherWaysPage() {
  const session = await requireSession();
  const here = await visit();
  const view = await viewOtherWays(await readCookie("attempt"), "proof", session.id, here);
  return (
    <AccountShell session={session} width="narrow">
      {view === undefined ? (
        <AttemptOver site={siteName()} startHref="/account/confirm" />
      ) : (
        <OtherWays
          action={chooseForProofAction}
          site={siteName()}
          ways={waysOf(view.page, view.allowance, here.now)}
          halted={haltedWords(view.page)}
          backHref="/account/confirm/two-step"
          recoverHref="/recover"
          newNumberHref="/account/security/new-number"
          stolenHref="/account/security/stolen"
        />
      )}
    </AccountShell>
  );
}
