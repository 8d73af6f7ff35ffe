import { LinkButton } from "@/components/ui/button";
import { PageTitle } from "@/components/ui/page-title";

type MessageProps = {
  heading: string;
  /** The site's name, for the title of the document. */
  site: string;
  paragraphs: readonly string[];
  /** Ways on; the first is what most people want. */
  links: readonly { readonly href: string; readonly label: string }[];
  /** What is next happens elsewhere, as in a mailbox: no way on is more than a link. */
  isElsewhere?: boolean;
};

/** A page that says one thing and where to go from here. */
export function Message({ heading, site, paragraphs, links, isElsewhere = false }: MessageProps) {
  const [next] = isElsewhere ? [] : links;
  const others = links.filter((link) => link !== next);
  return (
    <>
      <PageTitle heading={heading} site={site} />
      {paragraphs.map((text) => (
        <p key={text}>{text}</p>
      ))}
      {next === undefined ? null : <LinkButton href={next.href}>{next.label}</LinkButton>}
      {others.length === 0 ? null : (
        <ul className="links">
          {others.map(({ href, label }) => (
            <li key={href}>
              <a href={href}>{label}</a>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
