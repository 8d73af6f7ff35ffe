import { Actions, Button } from "@/components/ui/button";
import { Form } from "@/components/ui/form";
import { PageTitle } from "@/components/ui/page-title";

type OtherHelpProps = {
  site: string;
  heading: string;
  lead: string;
  steps: readonly string[];
  /** The one button: signs in by another way and leads to where it is put right. */
  go: { readonly label: string; readonly action: () => Promise<void> };
  /** Where somebody goes who has no other way. */
  none: { readonly label: string; readonly href: string };
};

/** What to do at sign-in when a phone or its number is gone. */
export function OtherHelp({ site, heading, lead, steps, go, none }: OtherHelpProps) {
  return (
    <>
      <PageTitle heading={heading} site={site} lead={<p>{lead}</p>} />
      <ol>
        {steps.map((step) => (
          <li key={step}>{step}</li>
        ))}
      </ol>
      <Form action={go.action}>
        <Actions>
          <Button isWide>{go.label}</Button>
        </Actions>
      </Form>
      <ul className="links">
        <li>
          <a href={none.href}>{none.label}</a>
        </li>
      </ul>
    </>
  );
}
