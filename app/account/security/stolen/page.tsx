import { redirect } from "next/navigation";
import { ChooseMethod } from "@/components/account/choose-method";
import { requireFreshProofForPage, requireSession, visit } from "@/lib/auth";
import { settingsPath } from "@/lib/setup";
import { stealableThings } from "@/lib/stolen";
import { words } from "@/lib/words";

export const dynamic = "force-dynamic";

const pathOf = (id: string): string => `/account/security/stolen/${id}`;

/** Which phone or device is gone; whoever has one only is led on to it, where the proof names it. */
export default async function StolenPage() {
  const { now } = await visit();
  const known = await requireSession();
  if (known.twoStepOnAt === null) redirect(settingsPath);
  const things = await stealableThings(known, now);
  const [only, second] = things;
  if (only === undefined) redirect(settingsPath);
  if (second === undefined) redirect(pathOf(only.id));
  const session = await requireFreshProofForPage("see-phones");
  const t = words("stolen");
  return (
    <ChooseMethod
      session={session}
      heading={t("heading")}
      lead={t("choose.lead")}
      methods={things}
      choose={{ label: t("choose.button"), pathOf }}
      back={{ label: t("back"), href: settingsPath }}
    />
  );
}
