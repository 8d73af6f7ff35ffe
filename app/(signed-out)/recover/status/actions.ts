"use server";

import { redirect } from "next/navigation";
import { z } from "zod";
import { timeText } from "@/components/ui/time";
import { newPasswordField, type PasswordReason, refusalError } from "@/lib/accounts";
import { postVisit, readCookie, writeCookie } from "@/lib/auth";
import { parseForm } from "@/lib/kernel/form";
import { finishRecovery, goOnHere, stopByToken } from "@/lib/recovery";
import { type Key, words } from "@/lib/words";
import type { FinishState } from "../finish-form";

const shape = { password: newPasswordField, current: z.string().max(1000).default("") };

/** Finishes a recovery: by this browser's cookie, or on the page of a mail's link. */
async function finish(link: string | undefined, form: FormData): Promise<FinishState> {
  const visit = await postVisit();
  const parsed = parseForm(form, shape);
  if (!parsed.ok)
    return {
      errors: Object.entries(parsed.errors).map(([field, key]) => ({
        field,
        // No string that is too long or posted twice is the password that it was begun with.
        message:
          field === "current"
            ? words("recovery")("finish.refused.not-here", { at: "" })
            : words("account")(key as Key<"account">),
      })),
    };
  const token = await readCookie("recovery");
  const done = await finishRecovery({ token, link, ...parsed.data }, visit);
  if (done.ok) redirect("/recover/done");
  const { reason, details } = done;
  switch (reason) {
    case "over":
    case "too-early":
    case "not-here":
    case "limit": {
      const at = details?.retryAt === undefined ? "" : timeText(details.retryAt, "clock");
      const message = words("recovery")(`finish.refused.${reason}`, { at });
      return { errors: [reason === "not-here" ? { field: "current", message } : { message }] };
    }
    default:
      return { errors: [refusalError({ reason: reason satisfies PasswordReason | "busy", details })] };
  }
}

/** "Save and finish", in the browser that began. */
export async function finishAction(_: FinishState, form: FormData): Promise<FinishState> {
  return finish(undefined, form);
}

/** The same on the page of a link. */
export async function finishByLinkAction(link: string, form: FormData): Promise<FinishState> {
  return finish(String(link), form);
}

/** "Stop this recovery", in the browser that began. */
export async function stopAction(): Promise<void> {
  const visit = await postVisit();
  await stopByToken("browser", await readCookie("recovery"), visit);
  redirect("/recover/stopped");
}

/** "Stop this, it isn't me", with the link of a mail; stopped already is stopped. */
export async function stopByLinkAction(kind: "link" | "stop", token: string): Promise<void> {
  const visit = await postVisit();
  await stopByToken(kind === "link" ? "link" : "stop", String(token), visit);
  redirect("/recover/stopped");
}

/** Goes on in this browser with what the desk began. */
export async function goOnAction(link: string): Promise<void> {
  const visit = await postVisit();
  const here = await goOnHere(String(link), visit);
  if (here.ok) await writeCookie("recovery", here.value.token);
  redirect(here.ok ? "/recover/proofs" : "/recover");
}
