import type { ComponentProps } from "react";

type FormProps = Omit<ComponentProps<"form">, "className" | "style" | "noValidate" | "action"> & {
  /** A server action, or the dispatch of `useActionState`; the path of a post that needs no framework (app/posts.ts). */
  action: NonNullable<ComponentProps<"form">["action"]>;
  /** In a line with other things, such as the form around one button of a row. */
  isInline?: boolean;
};

/** A form. The server says what is wrong in our words, so the browser's own bubbles stay away. */
export function Form({ isInline = false, action, children, ...form }: FormProps) {
  // What React writes by itself for an action.
  const posted =
    typeof action === "string" ? ({ method: "post", encType: "multipart/form-data" } as const) : {};
  return (
    <form {...form} {...posted} action={action} noValidate className={isInline ? "form-inline" : "form"}>
      {children}
    </form>
  );
}
