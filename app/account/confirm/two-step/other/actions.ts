"use server";

import { redirect } from "next/navigation";
import { parseWay, wayWords } from "@/app/challenge-form";
import type { CodeState } from "@/components/challenge/code-form";
import { postVisit, readCookie, requireSession } from "@/lib/auth";
import { callInstead, choose } from "@/lib/sign-in";

/** Asks for another way, or a new code by the same one; the tries stay as they are. */
export async function chooseForProofAction(_: CodeState, form: FormData): Promise<CodeState> {
  const visit = await postVisit();
  const session = await requireSession();
  const way = parseWay(form);
  if (way === undefined) return { errors: [{ message: wayWords("method-gone", undefined) }] };
  const token = await readCookie("attempt");
  const chosen =
    way.kind === "call"
      ? await callInstead(token, "proof", session.id, visit)
      : await choose(token, "proof", session.id, way.id, visit);
  if (!chosen.ok) return { errors: [{ message: wayWords(chosen.reason, chosen.details) }] };
  redirect("/account/confirm/two-step");
}
