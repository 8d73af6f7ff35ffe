import { Message } from "@/components/account/message";
import { Shell } from "@/components/ui/shell";
import { siteName } from "@/lib/kernel/site";
import { words } from "@/lib/words";

export const dynamic = "force-dynamic";

/** A method was added by an access pass; now its owner signs in like everybody. */
export default function PassDonePage() {
  const t = words("desk");
  return (
    <Shell width="narrow">
      <Message
        heading={t("done.heading")}
        site={siteName()}
        paragraphs={[t("done.text"), t("done.hold"), t("done.told")]}
        links={[{ href: "/sign-in", label: t("done.signIn") }]}
      />
    </Shell>
  );
}
