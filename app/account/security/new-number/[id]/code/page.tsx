import { redirect } from "next/navigation";
import { requireFreshProofForPage, visit } from "@/lib/auth";
import { pendingNumber } from "@/lib/new-number";
import { settingsPath } from "@/lib/setup";
import { CodePage } from "../../../setup/code-page";
import { callNewNumberAction, confirmNewNumberAction, sendNewNumberAgainAction } from "../actions";

export const dynamic = "force-dynamic";

export default async function NewNumberCodePage({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  const session = await requireFreshProofForPage("change-number", id);
  if (session.twoStepOnAt === null) redirect(settingsPath);
  const asked = await visit();
  const phone = await pendingNumber(id, session, asked.now);
  const changePath = `/account/security/new-number/${id}`;
  if (phone === undefined) redirect(changePath);

  return (
    <CodePage
      acts={{
        code: confirmNewNumberAction.bind(null, id),
        again: sendNewNumberAgainAction.bind(null, id),
        call: callNewNumberAction.bind(null, id),
      }}
      session={session}
      visit={asked}
      phone={phone}
      pagePath={`${changePath}/code`}
      changePath={changePath}
    />
  );
}
