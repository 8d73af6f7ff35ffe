import type { ReactNode } from "react";
import { words } from "@/lib/words";

/** What every field has in common, whatever control it holds. */
export type FieldFacts = {
  label: ReactNode;
  /** The name the form posts. */
  name: string;
  /** Defaults to the name; give one when two forms of a page share a name. */
  id?: string;
  /** How to fill it in, in one line. */
  hint?: ReactNode;
  /** What is wrong with what was posted, and what to do. */
  error?: string;
  /** Says "(optional)" in the label; every other field is required. */
  isOptional?: boolean;
};

/** The ids of the hint and the error of a field, for `aria-describedby`. */
export function describedBy(id: string, facts: Pick<FieldFacts, "hint" | "error">, also?: string) {
  const ids = [facts.hint && `${id}-hint`, facts.error && `${id}-error`, also].filter(Boolean);
  return ids.length > 0 ? ids.join(" ") : undefined;
}

/** The hint of a field. */
export function FieldHint({ id, children }: { id: string; children?: ReactNode }) {
  if (!children) return null;
  return (
    <div className="field-hint" id={`${id}-hint`}>
      {children}
    </div>
  );
}

/** The refusal of a field, which begins with the word "Error" for those who do not see its colour. */
export function FieldError({ id, children }: { id: string; children?: ReactNode }) {
  if (!children) return null;
  const t = words("ui");
  return (
    <p className="field-error" id={`${id}-error`}>
      <span className="visually-hidden">{t("field.error")} </span>
      {children}
    </p>
  );
}

type FieldFrameProps = Pick<FieldFacts, "label" | "hint" | "error" | "isOptional"> & {
  id: string;
  children: ReactNode;
};

/** Label, hint, refusal and control of a field, in the order in which they are read. */
export function FieldFrame({ id, label, hint, error, isOptional = false, children }: FieldFrameProps) {
  const t = words("ui");
  return (
    <div className={error ? "field field-refused" : "field"}>
      <label className="field-label" htmlFor={id}>
        {label}
        {isOptional ? <span className="field-optional"> {t("field.optional")}</span> : null}
      </label>
      <FieldHint id={id}>{hint}</FieldHint>
      <FieldError id={id}>{error}</FieldError>
      {children}
    </div>
  );
}
