import { z } from "zod";
import { untilText } from "@/components/ui/time";
import { parseForm } from "@/lib/kernel/form";
import type { RefusalDetails } from "@/lib/kernel/result";
import type { WayReason } from "@/lib/sign-in";
import { words } from "@/lib/words";

const shape = { way: z.union([z.literal("recovery-codes"), z.literal("call"), z.uuid()]) };

/** The way that was chosen. */
export type ChosenWay =
  /** The code that was texted, by a call. */
  | { readonly kind: "call" }
  /** A method by its id, null for the recovery codes. */
  | { readonly kind: "method"; readonly id: string | null };

/** The way that was chosen; undefined for anything that is none. */
export function parseWay(form: FormData): ChosenWay | undefined {
  const parsed = parseForm(form, shape);
  if (!parsed.ok) return undefined;
  const { way } = parsed.data;
  if (way === "call") return { kind: "call" };
  return { kind: "method", id: way === "recovery-codes" ? null : way };
}

/** Why a way was not taken, and what to do. */
export const wayWords = (reason: WayReason, details: RefusalDetails | undefined): string =>
  words("signIn")(`answer.${reason}`, {
    at: untilText(details?.retryAt),
  });
