import type { ReactNode } from "react";
import { Button, LinkButton } from "@/components/ui/button";
import { Form } from "@/components/ui/form";
import { timeText } from "@/components/ui/time";
import { words } from "@/lib/words";

/** A method as a row shows it: in words, never with its number or key. */
export type MethodLine = {
  id: string;
  /** What it is: "Text message to the number ending 42". */
  name: string;
  /** What its owner calls it; empty when they call it nothing. Anything at all may stand in it. */
  label: string;
  /** In a sentence, for those who hear a button without its row. */
  about: string;
  createdAt?: Date;
  lastUsedAt?: Date | null;
  provenAt?: Date | null;
  /** Where it is kept, in words, as far as its owner said. */
  place?: string;
  /** Messages to it did not arrive, several times in a row. */
  isFailing?: boolean;
  /** Nobody has proven it for six months. */
  isDue?: boolean;
  /** Until when none of its codes is looked at, after too many wrong ones. */
  wait?: Date;
  /** Why it is not asked for any more, when it is not. */
  trouble?: string;
  /** The page on which a code proves it, by its place under the method's own; none for what cannot be proven. */
  trial?: "try" | "enable";
  /** It is a number that another one may take the place of. */
  canChange?: boolean;
  /** When it goes by itself, because another number took its place. */
  retiresAt?: Date;
};

// The forms that change the order, one of each for all rows: around each button of ten rows they were an eighth of the page.
const orderForms = { first: "ask-first", up: "move-up" } as const;

type MethodRowsProps = {
  label: string;
  methods: readonly MethodLine[];
  /** What changes the order; none where there is nothing to choose. One list of a page at most has it. */
  order?: {
    /** Makes a method the one that is asked for first. */
    first: (form: FormData) => Promise<void>;
    up: (form: FormData) => Promise<void>;
  };
  /** Lets a number stay that goes by itself. */
  keep?: (form: FormData) => Promise<void>;
};

/** Methods, each with what is known of it and what can be done with it. */
export function MethodRows({ label, methods, order, keep }: MethodRowsProps) {
  if (methods.length === 0) return null;
  return (
    <>
      <ul className="methods" aria-label={label}>
        {methods.map((method, place) => (
          <li key={method.id} className="method">
            <MethodHead {...method} />
            <MethodFacts {...method} />
            <MethodWarnings {...method} />
            <MethodActions
              method={method}
              hasOrder={order !== undefined && method.retiresAt === undefined}
              keep={keep}
              isFirst={place === 0}
            />
          </li>
        ))}
      </ul>
      {order ? (
        <>
          <Form id={orderForms.first} action={order.first} hidden />
          <Form id={orderForms.up} action={order.up} hidden />
        </>
      ) : null}
    </>
  );
}

function MethodHead({ label, name }: MethodLine) {
  if (label === "") return <h3>{name}</h3>;
  return (
    <>
      <h3 dir="auto">{label}</h3>
      <p className="quiet">{name}</p>
    </>
  );
}

// A day on one line, without an element that would hold it there.
const unbrokenDay = (at: Date): string => timeText(at, "day").replaceAll(" ", "\u00a0");
const unbrokenMoment = (at: Date): string => timeText(at).replace(timeText(at, "day"), unbrokenDay(at));

// One line of text, because each element costs what a row does, and ten methods have forty facts.
function MethodFacts({ createdAt, lastUsedAt = null, provenAt = null, place, trouble }: MethodLine) {
  if (trouble !== undefined) return null;
  const t = words("security");
  const facts = [
    createdAt && t("methods.added", { at: unbrokenDay(createdAt) }),
    lastUsedAt ? t("methods.used", { at: unbrokenMoment(lastUsedAt) }) : t("methods.never"),
    provenAt ? t("methods.proven", { at: unbrokenDay(provenAt) }) : t("methods.neverProven"),
    place,
  ];
  return <p className="quiet facts">{facts.filter(Boolean).join(" · ")}</p>;
}

function MethodWarnings({ isFailing, isDue, trouble, retiresAt, wait }: MethodLine) {
  const t = words("security");
  return (
    <>
      {trouble ? <p className="row-warning">{trouble}</p> : null}
      {wait ? <p className="row-warning">{t("methods.waits", { at: timeText(wait) })}</p> : null}
      {isFailing ? <p className="row-warning">{t("methods.failing")}</p> : null}
      {retiresAt ? (
        <p className="row-reminder">{words("newNumber")("retires", { at: timeText(retiresAt, "day") })}</p>
      ) : null}
      {isDue ? <p className="row-reminder">{t("methods.due")}</p> : null}
    </>
  );
}

type MethodActionsProps = {
  method: MethodLine;
  hasOrder: boolean;
  keep: MethodRowsProps["keep"];
  isFirst: boolean;
};

function MethodActions({ method, hasOrder, keep, isFirst }: MethodActionsProps) {
  const t = words("security");
  const { id, about, trial, canChange, retiresAt, trouble } = method;
  const page = `/account/security/methods/${id}`;
  return (
    <div className="method-actions">
      {trial ? (
        <LinkButton variant="link" href={`${page}/${trial}`} about={about}>
          {t(`methods.${trial}`)}
        </LinkButton>
      ) : null}
      {trouble === undefined ? (
        <LinkButton variant="link" href={`${page}/name`} about={about}>
          {t("methods.rename")}
        </LinkButton>
      ) : null}
      {canChange ? (
        <LinkButton variant="link" href={`/account/security/new-number/${id}`} about={about}>
          {words("newNumber")("row")}
        </LinkButton>
      ) : null}
      {keep !== undefined && retiresAt !== undefined ? (
        <Form action={keep} isInline>
          <RowButton id={id} about={about}>
            {words("newNumber")("keep")}
          </RowButton>
        </Form>
      ) : null}
      {hasOrder ? (
        <>
          <RowButton form={orderForms.first} id={id} about={about}>
            {t("methods.first")}
          </RowButton>
          {/* One place up from the first of them is to be asked first. */}
          {isFirst ? null : (
            <RowButton form={orderForms.up} id={id} about={about}>
              {t("methods.up")}
            </RowButton>
          )}
        </>
      ) : null}
      <LinkButton variant="link" href={page} about={about}>
        {t("methods.remove")}
      </LinkButton>
    </div>
  );
}

type RowButtonProps = {
  /** The id of the form that it posts; without it, the one it stands in. */
  form?: string;
  id: string;
  about: string;
  children: ReactNode;
};

function RowButton({ form, id, about, children }: RowButtonProps) {
  return (
    <Button variant="link" form={form} name="id" value={id} about={about}>
      {children}
    </Button>
  );
}
