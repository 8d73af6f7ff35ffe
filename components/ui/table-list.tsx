import type { ReactNode } from "react";

/** One column; the first one names the row. */
export type TableColumn = { key: string; label: string };
/** One row, with a cell for each column and perhaps a button or link at its end. */
export type TableRow = { id: string; cells: Readonly<Record<string, ReactNode>>; action?: ReactNode };

type TableListProps = {
  /** What the rows are, for those who jump from table to table. */
  caption: string;
  columns: readonly TableColumn[];
  rows: readonly TableRow[];
  /** The heading of the column of actions, read but not shown. */
  actionLabel?: string;
};

/**
 * Devices, sessions, events. A table where there is room; on a phone each row becomes a block that says its own
 * headings. The roles are written out because such a change of display takes them away in some browsers.
 */
export function TableList({ caption, columns, rows, actionLabel }: TableListProps) {
  if (rows.length === 0) return null;
  return (
    // biome-ignore-start lint/a11y/noRedundantRoles: see above
    <table className="table-list" role="table">
      <caption className="visually-hidden">{caption}</caption>
      <thead role="rowgroup">
        <tr role="row">
          {columns.map((column) => (
            <th key={column.key} role="columnheader" scope="col">
              {column.label}
            </th>
          ))}
          {actionLabel ? (
            <th role="columnheader" scope="col">
              <span className="visually-hidden">{actionLabel}</span>
            </th>
          ) : null}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map((row) => (
          <tr key={row.id} role="row">
            {columns.map((column, place) =>
              place === 0 ? (
                <th key={column.key} role="rowheader" scope="row">
                  {row.cells[column.key]}
                </th>
              ) : (
                <td key={column.key} role="cell" data-label={column.label}>
                  {row.cells[column.key]}
                </td>
              ),
            )}
            {actionLabel ? (
              <td role="cell" className="table-action">
                {row.action}
              </td>
            ) : null}
          </tr>
        ))}
      </tbody>
    </table>
    // biome-ignore-end lint/a11y/noRedundantRoles: see above
  );
}
