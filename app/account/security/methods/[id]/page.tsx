import { redirect } from "next/navigation";
import { AccountShell } from "@/components/account/account-shell";
import { HeldNotice } from "@/components/account/held-notice";
import { LockoutTable } from "@/components/account/lockout-table";
import { PageTitle } from "@/components/ui/page-title";
import { BackLink } from "@/components/ui/shell";
import { requireFreshProofForPage, visit } from "@/lib/auth";
import { siteName } from "@/lib/kernel/site";
import { lockoutMap, thingWords, without } from "@/lib/lockout";
import { describeMethod, methodWords } from "@/lib/methods";
import { taskOfPath } from "@/lib/proof";
import { viewRemoval } from "@/lib/security";
import { settingsPath } from "@/lib/setup";
import { listWords, words } from "@/lib/words";
import { RemoveForm } from "./form";

export const dynamic = "force-dynamic";

export default async function MethodPage({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  // What is no id of anything is nothing to remove: whoever may see the settings reads that it is not there.
  const task = taskOfPath(`/account/security/methods/${id}`);
  const session = await requireFreshProofForPage(task.name, task.subject);
  if (session.twoStepOnAt === null) redirect(settingsPath);
  const { now } = await visit();
  const view = await viewRemoval(id, session, now);
  // The framework draws its own "not found" of a page with script only, and none runs here; this address has no page,
  // so the door answers it with a whole one.
  if (view === undefined) redirect("/account/security/methods");
  const { shown, isUsable, methods, others, enrolled, lockouts, why, held } = view;
  const t = words("security");
  return (
    <AccountShell session={session} width="narrow" above={<BackLink href={settingsPath}>{t("up")}</BackLink>}>
      {why === "held" && held !== undefined ? (
        <>
          <PageTitle
            heading={t("remove.heading")}
            site={siteName()}
            lead={shown && methodWords.name(describeMethod(shown))}
          />
          <HeldNotice until={held} />
        </>
      ) : (
        <RemoveForm
          site={siteName()}
          id={id}
          name={shown ? methodWords.name(describeMethod(shown)) : t("methods.broken")}
          label={shown?.label ?? ""}
          left={others.map((other) => methodWords.about(describeMethod(other)))}
          lockouts={listWords(
            lockouts.map((loss) => thingWords(loss, methods)),
            "disjunction",
          )}
          hurdle={why === "held" ? undefined : why}
          backPath={settingsPath}
        >
          {!isUsable || others.length === 0 ? null : (
            <>
              <h2>{words("lockout")("after")}</h2>
              <LockoutTable
                caption={words("lockout")("after")}
                losses={lockoutMap(without(enrolled, id))}
                methods={methods}
              />
            </>
          )}
        </RemoveForm>
      )}
    </AccountShell>
  );
}
