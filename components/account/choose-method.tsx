import { AccountShell, type SignedIn } from "@/components/account/account-shell";
import { MethodName } from "@/components/account/method-name";
import { LinkButton } from "@/components/ui/button";
import { PageTitle } from "@/components/ui/page-title";
import { BackLink } from "@/components/ui/shell";
import { siteName } from "@/lib/kernel/site";
import { type ActiveMethod, describeMethod, methodWords } from "@/lib/methods";

type ChooseMethodProps = {
  session: SignedIn;
  heading: string;
  lead: string;
  methods: readonly ActiveMethod[];
  /** What is said on the link of each, and where it leads. */
  choose: { label: string; pathOf: (id: string) => string };
  back: { label: string; href: string };
};

/** A page that asks which of several methods it is about. */
export function ChooseMethod({ session, heading, lead, methods, choose, back }: ChooseMethodProps) {
  return (
    <AccountShell session={session} width="narrow" above={<BackLink href={back.href}>{back.label}</BackLink>}>
      <PageTitle heading={heading} site={siteName()} lead={<p>{lead}</p>} />
      <ul className="ways">
        {methods.map((method) => {
          const facts = describeMethod(method);
          return (
            <li key={method.id}>
              <p>
                <MethodName name={methodWords.name(facts)} label={method.label} />
              </p>
              <LinkButton
                variant="secondary"
                href={choose.pathOf(method.id)}
                about={methodWords.about(facts)}
              >
                {choose.label}
              </LinkButton>
            </li>
          );
        })}
      </ul>
    </AccountShell>
  );
}
