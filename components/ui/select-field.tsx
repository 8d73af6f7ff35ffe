import type { ComponentProps } from "react";
import { describedBy, type FieldFacts, FieldFrame } from "./field-frame";

/** One choice of a list. */
export type Option = { value: string; label: string };
/** Choices that belong together, such as the countries people here choose most. */
export type OptionGroup = { label: string; options: readonly Option[] };

type SelectFieldProps = FieldFacts & {
  options: readonly (Option | OptionGroup)[];
  defaultValue?: string;
} & Pick<ComponentProps<"select">, "autoComplete" | "form">;

/** One choice of a long list, with the browser's own control. */
export function SelectField(props: SelectFieldProps) {
  const { label, name, id = name, hint, error, isOptional, options, ...select } = props;
  return (
    <FieldFrame id={id} label={label} hint={hint} error={error} isOptional={isOptional}>
      <select
        {...select}
        className="input select"
        id={id}
        name={name}
        required={!isOptional}
        aria-invalid={error ? true : undefined}
        aria-describedby={describedBy(id, { hint, error })}
      >
        {options.map((entry) =>
          "options" in entry ? (
            <optgroup key={entry.label} label={entry.label}>
              {entry.options.map(asOption)}
            </optgroup>
          ) : (
            asOption(entry)
          ),
        )}
      </select>
    </FieldFrame>
  );
}

function asOption({ value, label }: Option) {
  return (
    <option key={value} value={value}>
      {label}
    </option>
  );
}
