import type { ComponentProps } from "react";
import { describedBy, type FieldFacts, FieldFrame } from "./field-frame";

/** The id of the sentence that says which code a page asks for. */
export const whichCodeId = "which-code";

type CodeFieldProps = Omit<FieldFacts, "name" | "isOptional"> & {
  name?: string;
  /** Numbers bring up the digits of a phone; recovery codes have letters too. */
  kind?: "number" | "recovery";
  /** True when the code is the only thing the page asks for. An error summary above it takes the focus first. */
  hasFocus?: boolean;
  /** A sentence above the form, with the id `whichCodeId`, says which code it is: whoever begins in the field has not read it. */
  isWhichSaid?: boolean;
} & Pick<ComponentProps<"input">, "autoComplete" | "form">;

/**
 * One code in one field. One, because six little boxes break paste, autofill and screen readers; longer than any
 * code, because people type it with spaces and hyphens.
 */
export function CodeField(props: CodeFieldProps) {
  const {
    label,
    name = "code",
    id = name,
    hint,
    error,
    kind = "number",
    hasFocus,
    isWhichSaid,
    ...input
  } = props;
  const isNumber = kind === "number";
  return (
    <FieldFrame id={id} label={label} hint={hint} error={error}>
      <input
        autoComplete={isNumber ? "one-time-code" : "off"}
        {...input}
        dir="ltr"
        className={isNumber ? "input input-code" : "input input-code input-code-long"}
        type="text"
        inputMode={isNumber ? "numeric" : "text"}
        id={id}
        name={name}
        maxLength={64}
        autoCapitalize="none"
        autoCorrect="off"
        spellCheck={false}
        required
        // biome-ignore lint/a11y/noAutofocus: the page asks for nothing else, and the code is in the person's other hand
        autoFocus={hasFocus}
        aria-invalid={error ? true : undefined}
        aria-describedby={describedBy(id, { hint, error }, isWhichSaid ? whichCodeId : undefined)}
      />
    </FieldFrame>
  );
}
