import { siteUrl } from "@/lib/kernel/site";
import { numberForReading } from "@/lib/methods";
import { words } from "@/lib/words";
import { type DemonstrationPerson, demonstrationCodes, demonstrationPassword, people } from "./rules";

/** What the start prints: whom to sign in as, the password, where messages arrive, keys and codes to try. */
export function describePeople(those: readonly DemonstrationPerson[]): string[] {
  if (those.length === 0) return [];
  const t = words("demonstration");
  const width = Math.max(...those.map((person) => person.email.length));
  const lines = those.map(
    (person) => `  ${person.email.padEnd(width)}  ${t(`state.${person.state}`, factsOf(person))}`,
  );
  const keys = those.flatMap(({ email, methods }) =>
    methods.flatMap((method) =>
      method.kind === "app" ? [`  ${email.padEnd(width)}  ${grouped(method.data.secret)}`] : [],
    ),
  );
  return [
    t("print.people", { password: demonstrationPassword }),
    ...lines,
    t("print.keys"),
    ...keys,
    t("print.codes", { codes: unspentOfAll() }),
    t("print.outbox", { url: siteUrl() }),
  ];
}

const grouped = (secret: string): string => secret.replace(/(.{4})(?=.)/g, "$1 ");

const numbersOf = ({ methods }: DemonstrationPerson): string[] =>
  methods.flatMap((method) => (method.kind === "phone" ? [numberForReading(method.data.number)] : []));

const factsOf = (person: DemonstrationPerson): Record<string, string> => {
  const [first = "", second = ""] = numbersOf(person);
  return { first, second };
};

/** Codes that are unspent with everybody who has codes, so that one line serves all. */
function unspentOfAll(): string {
  const spent = Math.max(...people.map((person) => person.spentRecoveryCodes));
  return [...demonstrationCodes].slice(spent).join(", ");
}
