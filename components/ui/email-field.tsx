import { Field, type FieldProps } from "./field";

type EmailFieldProps = Omit<FieldProps, "type" | "name" | "autoCapitalize" | "spellCheck"> & {
  name?: string;
};

/** An e-mail address. It is what people sign in by, so a password manager fills in the one it has, unless told otherwise. */
export function EmailField({ name = "email", autoComplete = "username", ...field }: EmailFieldProps) {
  return (
    <Field
      {...field}
      name={name}
      type="email"
      autoComplete={autoComplete}
      autoCapitalize="none"
      spellCheck={false}
    />
  );
}
