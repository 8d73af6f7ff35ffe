import { Field, type FieldProps } from "./field";

type PasswordFieldProps = Omit<FieldProps, "type" | "defaultValue" | "value" | "autoComplete"> & {
  /** Tells a password manager whether to fill in the password it has or to offer a new one. */
  autoComplete: "current-password" | "new-password";
};

/** A password. It never comes back filled in, so it takes no value. */
export function PasswordField(props: PasswordFieldProps) {
  return <Field {...props} type="password" autoCapitalize="none" spellCheck={false} />;
}
