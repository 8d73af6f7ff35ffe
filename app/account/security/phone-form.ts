import { z } from "zod";
import type { FormError } from "@/components/ui/error-summary";
import { parseForm, typed } from "@/lib/kernel/form";
import { numbers } from "@/lib/kernel/numbers";
import { methodWords } from "@/lib/methods";
import { words } from "@/lib/words";

const countryLetters = 2;

const shape = {
  country: z.string().max(countryLetters).default(""),
  // In units of the form: twice as many as the characters of the longest number, so what it refuses is too long for sure.
  number: z
    .string()
    .max(2 * numbers.fields.phoneCharacters, { error: "too-long" })
    .default(""),
  // None, or one that is no choice of the form, is for the flow to refuse: it names the field.
  channel: z.enum(["text", "voice"]).optional().catch(undefined),
};

/** What a form for a phone posted, as it was typed. */
export type TypedPhone = { readonly country: string; readonly number: string; readonly channel: string };

/** What was typed into a form for a phone, to fill it in again; before the guard has spoken, and whatever it is. */
export const typedPhone = (form: FormData): TypedPhone => ({
  number: typed(form, "number", 2 * numbers.fields.phoneCharacters),
  country: typed(form, "country", countryLetters),
  channel: typed(form, "channel", "voice".length),
});

/** Reads a form for a phone; whether there is such a number is the flow's to say. Refused with what the form shows. */
export function readPhone(
  form: FormData,
):
  | { readonly ok: true; readonly data: z.output<z.ZodObject<typeof shape>> }
  | { readonly ok: false; readonly errors: readonly FormError[] } {
  const parsed = parseForm(form, shape);
  if (parsed.ok) return parsed;
  const { country, number } = parsed.errors;
  if (country !== undefined)
    return { ok: false, errors: [{ field: "country", message: words("setup")("refused.country") }] };
  const message =
    number === "too-long" ? methodWords.enrolRefusal("number-too-long") : words("setup")("refused.malformed");
  return { ok: false, errors: [{ field: "number", message }] };
}
