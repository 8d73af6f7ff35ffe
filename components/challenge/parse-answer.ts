import { z } from "zod";
import { type ParsedForm, parseForm, tick } from "@/lib/kernel/form";
import { type Key, words } from "@/lib/words";

const shape = {
  // What a code may look like is its method's to say, and a malformed one is a sentence of its own.
  code: z
    .string({ error: "answer.malformed-field" })
    .trim()
    .min(1, { error: "answer.empty", abort: true })
    .max(64, { error: "answer.malformed-field", abort: true })
    .refine((text) => !/\p{Cc}/u.test(text), { error: "answer.malformed-field" }),
  trust: tick,
};

/** Parses a posted code form: one code of at most 64 characters, and the box. */
export const parseAnswer = (form: FormData): ParsedForm<{ code: string; trust: boolean }> =>
  parseForm(form, shape);

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
