import type { ReactNode } from "react";
import { words } from "@/lib/words";
import { Button } from "./button";

/** One fact of a list, and the way to change it. */
export type SummaryRow = {
  term: string;
  /** What a person wrote themselves stands in a `<bdi>`. */
  value: ReactNode;
  /** Where "Edit" leads; its accessible name is "Edit" and the term. */
  editHref?: string;
};

/**
 * Facts with their names, one a row, each with its way to be changed. "Edit" is a real button, of a form that only gets its
 * page: whoever is told to press the Edit button finds one (docs/decisions/0042).
 */
export function SummaryList({ rows }: { rows: readonly SummaryRow[] }) {
  const t = words("ui");
  const list = (
    <dl className="summary-list">
      {rows.map(({ term, value, editHref }) => (
        <div className="summary-row" key={term}>
          <dt>{term}</dt>
          {editHref === undefined ? (
            <dd>{value}</dd>
          ) : (
            <dd className="summary-changeable">
              {typeof value === "string" ? value : <div>{value}</div>}
              <Button variant="secondary" isSmall formAction={editHref} about={term}>
                {t("edit")}
              </Button>
            </dd>
          )}
        </div>
      ))}
    </dl>
  );
  // One form for all: each button says which page it gets.
  return rows.some(({ editHref }) => editHref !== undefined) ? <form>{list}</form> : list;
}
