import { AttemptOver } from "@/components/challenge/attempt-over";
import { waysOf } from "@/components/challenge/attempt-words";
import { OtherWays } from "@/components/challenge/other-ways";
import { Shell } from "@/components/ui/shell";
import { readCookie, visit } from "@/lib/auth";
import { siteName } from "@/lib/kernel/site";
import { viewAttempt } from "@/lib/sign-in";
import { chooseAction } from "./actions";

export const dynamic = "force-dynamic";

export default async function OtherWaysPage() {
  const page = await viewAttempt(await readCookie("attempt"), "sign-in", null, (await visit()).now);
  return (
    <Shell width="narrow">
      {page === undefined ? (
        <AttemptOver site={siteName()} startHref="/sign-in" />
      ) : (
        <OtherWays
          action={chooseAction}
          site={siteName()}
          ways={waysOf(page)}
          backHref="/sign-in/two-step"
          recoverHref="/recover"
        />
      )}
    </Shell>
  );
}
