import type { ReactNode } from "react";
import { describedBy, FieldError, type FieldFacts, FieldHint } from "./field-frame";

/** One choice of a few, with what it means. */
export type RadioOption = { value: string; label: ReactNode; hint?: ReactNode };

type RadioGroupProps = Omit<FieldFacts, "label" | "isOptional"> & {
  legend: ReactNode;
  options: readonly RadioOption[];
  defaultValue?: string;
};

/** One choice of a few. The first choice has the id of the group, so that an error summary leads to it. */
export function RadioGroup(props: RadioGroupProps) {
  const { legend, name, id = name, hint, error, options, defaultValue } = props;
  return (
    <fieldset
      className={error ? "field field-refused" : "field"}
      aria-describedby={describedBy(id, { hint, error })}
    >
      <legend className="field-label">{legend}</legend>
      <FieldHint id={id}>{hint}</FieldHint>
      <FieldError id={id}>{error}</FieldError>
      <div className="choices">
        {options.map((option, place) => {
          const optionId = place === 0 ? id : `${id}-${option.value}`;
          return (
            <div className="choice" key={option.value}>
              <input
                type="radio"
                id={optionId}
                name={name}
                value={option.value}
                defaultChecked={option.value === defaultValue}
                aria-describedby={option.hint ? `${optionId}-about` : undefined}
              />
              <label htmlFor={optionId}>{option.label}</label>
              {option.hint ? (
                <div className="field-hint" id={`${optionId}-about`}>
                  {option.hint}
                </div>
              ) : null}
            </div>
          );
        })}
      </div>
    </fieldset>
  );
}
