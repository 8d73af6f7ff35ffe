import { z } from "zod";
import { timeText } from "@/components/ui/time";
import { parseForm } from "@/lib/kernel/form";
import type { RefusalDetails } from "@/lib/kernel/result";
import { words } from "@/lib/words";

const shape = { way: z.union([z.literal("recovery-codes"), z.uuid()]) };

/** The way that was chosen: a method's id, null for the recovery codes, undefined for anything else. */
export function parseWay(form: FormData): string | null | undefined {
  const parsed = parseForm(form, shape);
  if (!parsed.ok) return undefined;
  return parsed.data.way === "recovery-codes" ? null : parsed.data.way;
}

/** Why a way was not taken, and what to do. */
export const wayWords = (
  reason: "gone" | "method-gone" | "limit" | "waits",
  details: RefusalDetails | undefined,
): string =>
  words("signIn")(`answer.${reason}`, {
    at: details?.retryAt === undefined ? "" : timeText(details.retryAt, "clock"),
  });
