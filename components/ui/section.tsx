import { type ReactNode, useId } from "react";
import { unbroken } from "./unbroken";

type SectionProps = {
  heading: string;
  /** Of the heading; 2 under the `<h1>` of the page. */
  level?: 2 | 3;
  /** Of the section, to link to it. */
  id?: string;
  /** A sentence under the heading. */
  lead?: ReactNode;
  /** A button or link beside the heading. */
  action?: ReactNode;
  children?: ReactNode;
};

/** A part of a page with its own heading, on its own surface. */
export function Section({ heading, level = 2, id, lead, action, children }: SectionProps) {
  const headingId = useId();
  const Heading = `h${level}` as const;
  return (
    <section className="card section" id={id} aria-labelledby={headingId}>
      <div className="section-head">
        <div>
          <Heading id={headingId}>{unbroken(heading)}</Heading>
          {lead ? <div className="section-lead">{lead}</div> : null}
        </div>
        {action}
      </div>
      {children}
    </section>
  );
}

/** A surface without a heading of its own, such as the one a form stands on. */
export function Card({ children }: { children: ReactNode }) {
  return <div className="card">{children}</div>;
}
