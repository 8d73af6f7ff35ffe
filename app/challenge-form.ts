import { z } from "zod";
import { untilText } from "@/components/ui/time";
import { codeLine, lineOf, type ParsedForm, parseForm, tick } from "@/lib/kernel/form";
import { numbers } from "@/lib/kernel/numbers";
import type { RefusalDetails } from "@/lib/kernel/result";
import type { WayReason } from "@/lib/sign-in";
import { type Key, words } from "@/lib/words";

/** What a passkey's form posts: the browser's answer as JSON, whose shape is the method's to judge. */
export const credentialField = z.string().max(numbers.passkey.answerCharacters);

export const credentialShape = { credential: credentialField };

/** The same with the box "Don't require codes on this device". */
export const credentialAndTrustShape = { ...credentialShape, trust: tick };

const answerShape = {
  // What a code may look like is its method's to say, and a malformed one is a sentence of its own.
  code: lineOf({
    max: numbers.fields.codeCharacters,
    missing: "answer.empty",
    tooLong: "answer.malformed-field",
    malformed: "answer.malformed-field",
  }),
  trust: tick,
};

/** Parses a posted code form: one code, and the box. */
export const parseAnswer = (form: FormData): ParsedForm<{ code: string; trust: boolean }> =>
  parseForm(form, answerShape);

/** The words for a field that was refused at the door. */
export const answerFieldErrors = (
  errors: Readonly<Record<string, string>>,
): { field: string; message: string }[] =>
  Object.values(errors)
    .slice(0, 1)
    .map((key) => ({
      field: "code",
      message: words("signIn")((key === "malformed" ? "answer.malformed-field" : key) as Key<"signIn">),
    }));

/** The code that a form of the set-up posted; empty for what is none, which is refused in its method's own words. */
export function postedCode(form: FormData): string {
  const parsed = parseForm(form, { code: codeLine });
  return parsed.ok ? parsed.data.code : "";
}

const wayShape = { way: z.union([z.literal("recovery-codes"), z.literal("call"), z.uuid()]) };

/** The way that was chosen. */
export type ChosenWay =
  /** The code that was texted, by a call. */
  | { readonly kind: "call" }
  /** A method by its id, null for the recovery codes. */
  | { readonly kind: "method"; readonly id: string | null };

/** The way that was chosen; undefined for anything that is none. */
export function parseWay(form: FormData): ChosenWay | undefined {
  const parsed = parseForm(form, wayShape);
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
