import { describedBy, FieldError, type FieldFacts, FieldHint } from "./field-frame";

type CheckboxProps = Omit<FieldFacts, "isOptional"> & {
  /** What the form posts when it is ticked. */
  value?: string;
  defaultChecked?: boolean;
};

/** One box to tick; the whole line is the target. Unticked unless told otherwise. */
export function Checkbox(props: CheckboxProps) {
  const { label, name, id = name, hint, error, value = "on", defaultChecked = false } = props;
  return (
    <div className={error ? "field field-refused" : "field"}>
      <FieldError id={id}>{error}</FieldError>
      <div className="choice">
        <input
          type="checkbox"
          id={id}
          name={name}
          value={value}
          defaultChecked={defaultChecked}
          aria-invalid={error ? true : undefined}
          aria-describedby={describedBy(id, { hint, error })}
        />
        <label htmlFor={id}>{label}</label>
        <FieldHint id={id}>{hint}</FieldHint>
      </div>
    </div>
  );
}
