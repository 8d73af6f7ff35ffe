import type { ReactNode } from "react";

type DetailsProps = { summary: ReactNode; isOpen?: boolean; children: ReactNode };

/** Something few people need, folded away by the browser itself. */
export function Details({ summary, isOpen = false, children }: DetailsProps) {
  return (
    <details className="details" open={isOpen}>
      <summary>{summary}</summary>
      <div className="details-body">{children}</div>
    </details>
  );
}
