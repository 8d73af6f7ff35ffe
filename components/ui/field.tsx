import type { ComponentProps } from "react";
import { describedBy, type FieldFacts, FieldFrame } from "./field-frame";

type OwnAttributes = keyof FieldFacts | "required" | "className" | "style";

export type FieldProps = FieldFacts & Omit<ComponentProps<"input">, OwnAttributes>;

// Addresses and numbers are written from left to right in every language; a name is written in its own direction.
const directions: Readonly<Record<string, "ltr" | "auto">> = { email: "ltr", tel: "ltr", text: "auto" };

/** One line of text: name, e-mail, phone number. What the form posted comes back by `defaultValue`. */
export function Field({
  label,
  name,
  id = name,
  hint,
  error,
  isOptional,
  type = "text",
  ...input
}: FieldProps) {
  return (
    <FieldFrame id={id} label={label} hint={hint} error={error} isOptional={isOptional}>
      <input
        dir={directions[type]}
        {...input}
        className="input"
        type={type}
        id={id}
        name={name}
        required={!isOptional}
        aria-invalid={error ? true : undefined}
        aria-describedby={describedBy(id, { hint, error }, input["aria-describedby"])}
      />
    </FieldFrame>
  );
}
