import { AccountShell } from "@/components/account/account-shell";
import { AttemptOver } from "@/components/challenge/attempt-over";
import { waysOf } from "@/components/challenge/attempt-words";
import { OtherWays } from "@/components/challenge/other-ways";
import { readCookie, requireSession, visit } from "@/lib/auth";
import { siteName } from "@/lib/kernel/site";
import { viewAttempt } from "@/lib/sign-in";
import { chooseForProofAction } from "./actions";

export const dynamic = "force-dynamic";

export default async function ConfirmOtherWaysPage() {
  const session = await requireSession();
  const page = await viewAttempt(await readCookie("attempt"), "proof", session.id, (await visit()).now);
  return (
    <AccountShell name={session.name} width="narrow">
      {page === undefined ? (
        <AttemptOver site={siteName()} startHref="/account/confirm" />
      ) : (
        <OtherWays
          action={chooseForProofAction}
          site={siteName()}
          ways={waysOf(page)}
          backHref="/account/confirm/two-step"
          recoverHref="/recover"
        />
      )}
    </AccountShell>
  );
}
