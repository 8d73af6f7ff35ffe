import { redirect } from "next/navigation";
import { AccountShell } from "@/components/account/account-shell";
import { BackLink } from "@/components/ui/shell";
import { requireFreshProofForPage, typedBefore } from "@/lib/auth";
import { siteName } from "@/lib/kernel/site";
import { describeMethod, listActiveMethods, methodWords } from "@/lib/methods";
import { settingsPath } from "@/lib/setup";
import { words } from "@/lib/words";
import { NameForm } from "./form";

export const dynamic = "force-dynamic";

export default async function MethodNamePage({ params }: { params: Promise<{ id: string }> }) {
  const session = await requireFreshProofForPage("see-settings");
  if (session.twoStepOnAt === null) redirect(settingsPath);
  const { id } = await params;
  const { methods } = await listActiveMethods(session.accountId);
  const method = methods.find((candidate) => candidate.id === id);
  // Answered by the door with a whole page, as for the page above this one.
  if (method === undefined) redirect("/account/security/methods");
  const before = await typedBefore(session, "see-settings", id);
  const t = words("security");
  const phones = methods.flatMap((other) => {
    const facts = describeMethod(other);
    return facts.kind === "phone" ? [{ value: other.id, lastDigits: facts.lastDigits }] : [];
  });
  const isPhone = phones.some(({ value }) => value === id);
  const isKnownPlace = method.livesOn === "" || phones.some(({ value }) => value === method.livesOn);
  return (
    <AccountShell session={session} width="narrow" above={<BackLink href={settingsPath}>{t("up")}</BackLink>}>
      <NameForm
        site={siteName()}
        id={id}
        name={methodWords.name(describeMethod(method))}
        label={method.label}
        typed={before}
        places={
          isPhone
            ? undefined
            : [
                { value: "", label: t("name.place.unknown") },
                ...phones.map(({ value, lastDigits }) => ({
                  value,
                  label: t("name.place.phone", { lastDigits }),
                })),
                { value: "own", label: t("name.place.own") },
              ]
        }
        place={isKnownPlace ? method.livesOn : "own"}
        backPath={settingsPath}
      />
    </AccountShell>
  );
}
