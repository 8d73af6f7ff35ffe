import { redirect } from "next/navigation";
import { Message } from "@/components/account/message";
import { Shell } from "@/components/ui/shell";
import { readCookie } from "@/lib/auth";
import { siteName } from "@/lib/kernel/site";
import { isBegunHere, viewRecovery } from "@/lib/recovery";
import { words } from "@/lib/words";
import { finishByLinkAction, goOnAction, stopByLinkAction } from "../status/actions";
import { StatusView } from "../status-view";

export const dynamic = "force-dynamic";

/** "Your recovery", where the link of a mail leads. */
export default async function RecoveryLinkPage({ params }: { params: Promise<{ token: string }> }) {
  const { token } = await params;
  const recovery = await viewRecovery("link", token);
  const t = words("recovery");
  const isHere = recovery !== undefined && (await isBegunHere(recovery, await readCookie("recovery")));
  // There it takes the same as without the link, which may stand in the history of a browser that others use.
  if (isHere && recovery.state === "ready") redirect("/recover/status");

  return (
    <Shell width="narrow">
      {recovery === undefined ? (
        <Message
          heading={t("stop.over.heading")}
          site={siteName()}
          paragraphs={[t("stop.over.text")]}
          links={[
            { href: "/recover", label: t("status.again") },
            { href: "/sign-in", label: t("status.signIn") },
          ]}
        />
      ) : (
        <StatusView
          recovery={recovery}
          isHere={isHere}
          stop={stopByLinkAction.bind(null, token)}
          finish={finishByLinkAction.bind(null, token)}
          goOn={goOnAction.bind(null, token)}
        />
      )}
    </Shell>
  );
}
