import { words } from "@/lib/words";

type AttemptFooterProps = {
  other: { href: string; label: string };
  /** Where a new start is; undefined where the page offers it as its button. */
  startHref: string | undefined;
  /** Why the second step is asked. */
  why: string;
};

/** Under every challenge: the ways on, and why it is asked. */
export function AttemptFooter({ other, startHref, why }: AttemptFooterProps) {
  const t = words("signIn");
  return (
    <>
      <ul className="links">
        <li>
          <a href={other.href}>{other.label}</a>
        </li>
        {startHref === undefined ? null : (
          <li>
            <a href={startHref}>{t("twoStep.startAgain")}</a>
          </li>
        )}
      </ul>
      <section className="why" aria-labelledby="why">
        <h2 id="why">{t("why.title")}</h2>
        <p>{why}</p>
      </section>
    </>
  );
}
