import { OtherHelp } from "@/components/challenge/other-help";
import { Shell } from "@/components/ui/shell";
import { siteName } from "@/lib/kernel/site";
import { words } from "@/lib/words";
import { goToNewNumberAction } from "./actions";

export const dynamic = "force-dynamic";

/** "This number is no longer mine", at sign-in. */
export default function NumberGonePage() {
  const t = words("newNumber");
  return (
    <Shell width="narrow">
      <OtherHelp
        site={siteName()}
        heading={t("help.heading")}
        lead={t("help.lead")}
        steps={[t("help.step1"), t("help.step2")]}
        go={{ label: t("help.go"), action: goToNewNumberAction }}
        none={{ label: t("help.none"), href: "/recover" }}
      />
    </Shell>
  );
}
