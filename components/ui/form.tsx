import type { ComponentProps } from "react";

type FormProps = Omit<ComponentProps<"form">, "className" | "style" | "noValidate" | "action"> & {
  /** A server action, or the dispatch of `useActionState`. */
  action: NonNullable<ComponentProps<"form">["action"]>;
  /** In a line with other things, such as the form around one button of a row. */
  isInline?: boolean;
};

/** A form. The server says what is wrong in our words, so the browser's own bubbles stay away. */
export function Form({ isInline = false, children, ...form }: FormProps) {
  return (
    <form {...form} noValidate className={isInline ? "form-inline" : "form"}>
      {children}
    </form>
  );
}
