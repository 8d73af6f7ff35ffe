import { AttemptOver } from "@/components/challenge/attempt-over";
import { haltedWords, waysOf } from "@/components/challenge/attempt-words";
import { OtherWays } from "@/components/challenge/other-ways";
import { Shell } from "@/components/ui/shell";
import { readCookie, visit } from "@/lib/auth";
import { siteName } from "@/lib/kernel/site";
import { viewOtherWays } from "@/lib/sign-in";
import { chooseAction } from "./actions";

export const dynamic = "force-dynamic";

export default async function OtherWaysPage() {
  const here = await visit();
  const view = await viewOtherWays(await readCookie("attempt"), "sign-in", null, here);
  return (
    <Shell width="narrow">
      {view === undefined ? (
        <AttemptOver site={siteName()} startHref="/sign-in" />
      ) : (
        <OtherWays
          action={chooseAction}
          site={siteName()}
          ways={waysOf(view.page, view.allowance, here.now)}
          halted={haltedWords(view.page)}
          backHref="/sign-in/two-step"
          recoverHref="/recover"
          newNumberHref="/sign-in/new-number"
          stolenHref="/sign-in/stolen"
        />
      )}
    </Shell>
  );
}
