import { redirect } from "next/navigation";
import { ChooseMethod } from "@/components/account/choose-method";
import { requireFreshProofForPage, requireSession } from "@/lib/auth";
import { changeableNumbers } from "@/lib/new-number";
import { addPath, settingsPath } from "@/lib/setup";
import { words } from "@/lib/words";

export const dynamic = "force-dynamic";

const pathOf = (id: string): string => `/account/security/new-number/${id}`;

/** Which number will change; whoever has one only is led on to it, where the proof names it. */
export default async function NewNumberPage() {
  const known = await requireSession();
  if (known.twoStepOnAt === null) redirect(settingsPath);
  const phones = await changeableNumbers(known);
  const [only, second] = phones;
  if (only === undefined) redirect(addPath);
  if (second === undefined) redirect(pathOf(only.id));
  const session = await requireFreshProofForPage("see-phones");
  const t = words("newNumber");
  return (
    <ChooseMethod
      session={session}
      heading={t("heading")}
      lead={t("choose.lead")}
      methods={phones}
      choose={{ label: t("choose.button"), pathOf }}
      back={{ label: t("back"), href: settingsPath }}
    />
  );
}
