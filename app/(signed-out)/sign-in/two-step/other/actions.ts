"use server";

import { redirect } from "next/navigation";
import { parseWay, wayWords } from "@/app/challenge-form";
import type { CodeState } from "@/components/challenge/code-form";
import { postVisit, readCookie } from "@/lib/auth";
import { callInstead, choose } from "@/lib/sign-in";

/** Asks for another way, or a new code by the same one; the tries stay as they are. */
export async function chooseAction(_: CodeState, form: FormData): Promise<CodeState> {
  const visit = await postVisit();
  const way = parseWay(form);
  if (way === undefined) return { errors: [{ message: wayWords("method-gone", undefined) }] };
  const token = await readCookie("attempt");
  const chosen =
    way.kind === "call"
      ? await callInstead(token, "sign-in", null, visit)
      : await choose(token, "sign-in", null, way.id, visit);
  if (!chosen.ok) return { errors: [{ message: wayWords(chosen.reason, chosen.details) }] };
  redirect("/sign-in/two-step");
}
