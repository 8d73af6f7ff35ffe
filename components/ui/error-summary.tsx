import { words } from "@/lib/words";

/** One refusal: what is wrong, and the id of the field where it is put right. */
export type FormError = { field?: string; message: string };

type ErrorSummaryProps = { errors: readonly FormError[] };

/** Everything that is wrong with a refused form, at its top and with the focus. Nothing when nothing is wrong. */
export function ErrorSummary({ errors }: ErrorSummaryProps) {
  if (errors.length === 0) return null;
  const t = words("ui");
  return (
    // biome-ignore lint/a11y/noAutofocus: a refused form starts at what went wrong, and no script can move the focus there
    <div className="error-summary" role="alert" aria-labelledby="error-summary-title" tabIndex={-1} autoFocus>
      <h2 id="error-summary-title">{t("errorSummary.title")}</h2>
      <ul>
        {errors.map((error) => (
          <li key={`${error.field ?? ""} ${error.message}`}>
            {error.field ? <a href={`#${error.field}`}>{error.message}</a> : error.message}
          </li>
        ))}
      </ul>
    </div>
  );
}

/** The message for one field, or undefined when nothing is wrong with it. */
export function errorOf(errors: readonly FormError[], field: string): string | undefined {
  return errors.find((error) => error.field === field)?.message;
}
