import type { ReactNode } from "react";
import { words } from "@/lib/words";
import { unbroken } from "./unbroken";

type PageTitleProps = {
  /** The words of the `<h1>`; the title of the document starts with them. */
  heading: string;
  /** The site's name, for the title of the document. A property, because a form may not read settings. */
  site: string;
  /** True when the form on this page was just refused: the title then says so first. */
  isRefused?: boolean;
  /** One or two sentences under the heading. */
  lead?: ReactNode;
  /** What stands above the heading, such as `<Steps>`. */
  above?: ReactNode;
};

/** The one `<h1>` of a screen, together with the title of the document that belongs to it. */
export function PageTitle({ heading, site, isRefused = false, lead, above }: PageTitleProps) {
  const t = words("ui");
  // One string: React writes a title of several children as an empty one.
  const title = isRefused ? t("title.refused", { heading, site }) : t("title.page", { heading, site });
  return (
    <div className="page-title">
      <title>{title}</title>
      {above}
      <h1>{unbroken(heading)}</h1>
      {lead ? <div className="lead">{lead}</div> : null}
    </div>
  );
}
