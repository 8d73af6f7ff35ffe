import { currentLanguage } from "@/lib/kernel/language";
import { words } from "@/lib/words";

/** One refusal: what is wrong, and the id of the field where it is put right. */
export type FormError = { field?: string; message: string };

// Making one costs more than all it ever cuts.
const segmenters = new Map<string, Intl.Segmenter>();

// Columns: about three lines of a small phone.
const atLength = 80;
const twoColumns = /[\u3000-\u9fff\uff00-\uffef]/g;

/** What a long refusal says first; a short one whole. */
function inShort(message: string): string {
  if (message.replaceAll(twoColumns, "  ").length <= atLength) return message;
  const language = currentLanguage();
  const segmenter = segmenters.get(language) ?? new Intl.Segmenter(language, { granularity: "sentence" });
  segmenters.set(language, segmenter);
  const [first] = segmenter.segment(message);
  return (first?.segment ?? message).trimEnd();
}

type ErrorSummaryProps = { errors: readonly FormError[] };

/**
 * What is wrong with a refused form, at its top and with the focus. Nothing when nothing is wrong. Of a long
 * refusal it has the first sentence and leads to the field, which says all of it: said twice it hides the form on a phone.
 */
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
            {error.field ? <a href={`#${error.field}`}>{inShort(error.message)}</a> : error.message}
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
