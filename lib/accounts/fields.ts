import { z } from "zod";
import { comparedPasswordField, lineOf } from "@/lib/kernel/form";
import { numbers } from "@/lib/kernel/numbers";
import { parseEmail, passwordShapeProblem } from "./rules";

// Each message is a key of the catalogue `account`.

/** A person's name, as people write it: any alphabet, one line. */
export const nameField = lineOf({
  max: numbers.fields.nameCharacters,
  missing: "error.name-missing",
  tooLong: "error.name-too-long",
  malformed: "error.name-malformed",
}).refine((text) => !/[\p{Bidi_Control}\p{Zl}\p{Zp}]/u.test(text), { error: "error.name-malformed" });

/** One e-mail address, as it was typed. */
export const emailField = lineOf({
  max: numbers.fields.emailCharacters,
  missing: "error.email-missing",
  tooLong: "error.email-malformed",
  malformed: "error.email-malformed",
}).refine((text) => parseEmail(text) !== undefined, { error: "error.email-malformed" });

/** A new password: whole, nothing trimmed. The rules that look at whose it is are the flow's. */
export const newPasswordField = z
  .string({ error: "error.password-malformed" })
  .superRefine((password, field) => {
    const problem = passwordShapeProblem(password);
    if (problem !== undefined) field.addIssue({ code: "custom", message: `error.${problem}` });
  });

/** The password until now, to compare. */
export const currentPasswordField = comparedPasswordField({
  missing: "error.current-missing",
  malformed: "error.current-malformed",
  wrong: "error.current-wrong",
});
