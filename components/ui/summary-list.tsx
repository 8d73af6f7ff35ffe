import type { ReactNode } from "react";
import { words } from "@/lib/words";

/** One fact of a list, and the way to change it. */
export type SummaryRow = {
  term: string;
  value: ReactNode;
  /** Where "Edit" leads; its accessible name is "Edit" and the term. */
  editHref?: string;
  /** Instead of "Edit": a link or form of the page's own. */
  action?: ReactNode;
};

/**
 * Facts with their names, one a row, each with its way to be changed. "Edit" is a real button, of a form that only gets its
 * page: whoever is told to press the Edit button finds one (docs/decisions/0042).
 */
export function SummaryList({ rows }: { rows: readonly SummaryRow[] }) {
  const t = words("ui");
  return (
    <dl className="summary-list">
      {rows.map((row) => (
        <div className="summary-row" key={row.term}>
          <dt>{row.term}</dt>
          <dd>
            <bdi>{row.value}</bdi>
          </dd>
          {row.editHref ? (
            <dd className="summary-action">
              <form action={row.editHref}>
                <button type="submit" className="button button-secondary button-small">
                  {t("edit")}
                  <span className="visually-hidden"> {row.term}</span>
                </button>
              </form>
            </dd>
          ) : null}
          {row.action ? <dd className="summary-action">{row.action}</dd> : null}
        </div>
      ))}
    </dl>
  );
}
