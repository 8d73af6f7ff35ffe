"use server";

import { redirect } from "next/navigation";
import { untilText } from "@/components/ui/time";
import { newPasswordField, type PasswordReason, refusalError } from "@/lib/accounts";
import { clearCookie, postVisit, readCookie, writeCookie } from "@/lib/auth";
import { boundText, codeLine, comparedPasswordField, parseForm } from "@/lib/kernel/form";
import { type FinishReason, finishRecovery, goOnHere, sendFinishCode, stopByToken } from "@/lib/recovery";
import { type Key, words } from "@/lib/words";
import type { FinishState } from "../finish-form";
import { keepRecoveryCookie } from "../keep-cookie";

const shape = {
  password: newPasswordField,
  // Which of the two there is, the page says; the flow refuses what it asked for and did not get.
  current: comparedPasswordField({ malformed: "malformed", wrong: "wrong" }),
  code: codeLine.optional(),
};

/** Which field a refusal is about. */
const fieldOf: Partial<Record<FinishReason, string>> = {
  "not-here": "current",
  "no-code": "code",
  "wrong-code": "code",
  "no-tries": "code",
};

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
            : field === "code"
              ? words("recovery")(`finish.refused.${key === "missing" ? "no-code" : "wrong-code"}`, {
                  at: "",
                })
              : words("account")(key as Key<"account">),
      })),
    };
  const [token, devices] = [await readCookie("recovery"), await readCookie("devices")];
  const done = await finishRecovery({ token, link, devices, ...parsed.data, code: parsed.data.code }, visit);
  if (done.ok) {
    if (link === undefined) await clearCookie("recovery");
    redirect("/recover/done");
  }
  const { reason, details } = done;
  switch (reason) {
    case "over":
    case "too-early":
    case "not-here":
    case "no-code":
    case "wrong-code":
    case "no-tries":
    case "limit": {
      const at = untilText(details?.retryAt);
      const message = words("recovery")(`finish.refused.${reason}`, { at });
      return { errors: [{ field: fieldOf[reason], message }] };
    }
    default:
      return { errors: [refusalError({ reason: reason satisfies PasswordReason | "busy", details })] };
  }
}

/** "Save and finish", in the browser that began. */
export async function finishAction(_: FinishState, form: FormData): Promise<FinishState> {
  return finish(undefined, form);
}

/** "Mail me a code", in the browser that began. */
export async function mailFinishCodeAction(): Promise<FinishState> {
  const visit = await postVisit();
  const sent = await sendFinishCode(await readCookie("recovery"), visit);
  await keepRecoveryCookie(visit.now);
  const t = words("recovery");
  if (sent.ok) return { errors: [], said: t("finish.mail.sent") };
  const at = untilText(sent.details?.retryAt);
  const message =
    sent.reason === "over" ? t("finish.refused.over", { at }) : t("refused.limit", { at, left: 0 });
  return { errors: [{ message }] };
}

/** The same on the page of a link, which binds its token. */
export async function finishByLinkAction(
  token: unknown,
  _: FinishState,
  form: FormData,
): Promise<FinishState> {
  return finish(boundText(token), form);
}

/** "Stop this recovery", in the browser that began. */
export async function stopAction(): Promise<void> {
  const visit = await postVisit();
  await stopByToken("browser", await readCookie("recovery"), visit);
  await clearCookie("recovery");
  redirect("/recover/stopped");
}

/** "Stop this, it isn't me", on the page of a link, which binds its token. */
export async function stopByLinkAction(token: unknown): Promise<void> {
  return stopBy("link", token);
}

/** The same on the page of the link that does nothing else. */
export async function stopByStopLinkAction(token: unknown): Promise<void> {
  return stopBy("stop", token);
}

/** Stops the recovery of a link; stopped already is stopped. */
async function stopBy(kind: "link" | "stop", token: unknown): Promise<void> {
  const visit = await postVisit();
  await stopByToken(kind, boundText(token), visit);
  redirect("/recover/stopped");
}

/** Goes on in this browser with what the desk began; the page of the link binds its token. */
export async function goOnAction(token: unknown): Promise<void> {
  const visit = await postVisit();
  const here = await goOnHere(boundText(token), visit);
  if (here.ok) await writeCookie("recovery", here.value.token);
  redirect(here.ok ? "/recover/proofs" : "/recover");
}
