import { PageTitle } from "@/components/ui/page-title";

type MessageProps = {
  heading: string;
  /** The site's name, for the title of the document. */
  site: string;
  paragraphs: readonly string[];
  /** Ways on; the first is what most people want. */
  links: readonly { readonly href: string; readonly label: string }[];
};

/** A page that says one thing and where to go from here. */
export function Message({ heading, site, paragraphs, links }: MessageProps) {
  return (
    <>
      <PageTitle heading={heading} site={site} />
      {paragraphs.map((text) => (
        <p key={text}>{text}</p>
      ))}
      <ul className="links">
        {links.map(({ href, label }) => (
          <li key={href}>
            <a href={href}>{label}</a>
          </li>
        ))}
      </ul>
    </>
  );
}
