import { MethodName } from "@/components/account/method-name";
import { LinkButton } from "@/components/ui/button";
import { timeText } from "@/components/ui/time";
import { methodWords } from "@/lib/methods";
import type { SuspendedMethod } from "@/lib/security";
import type { Suspension } from "@/lib/stolen";
import { words } from "@/lib/words";

/** A suspended method in words. */
const suspendedName = ({ facts }: SuspendedMethod): string =>
  facts === undefined ? words("stolen")("list.unreadable") : methodWords.name(facts);

/** What was suspended with one phone or device. */
export function SuspendedNames({ methods }: Pick<Suspension, "methods">) {
  return (
    <ul>
      {methods.map((method) => (
        <li key={method.id}>
          <MethodName name={suspendedName(method)} label={method.label} />
        </li>
      ))}
    </ul>
  );
}

/** What is suspended, by phone or device, each with since when, until when and the way back. */
export function SuspendedRows({ suspensions }: { suspensions: readonly Suspension[] }) {
  const t = words("stolen");
  return (
    <ul className="methods" aria-label={t("list.heading")}>
      {suspensions.map(({ thingId, suspendedAt, until, methods }) => {
        const [first] = methods;
        const about = first?.facts === undefined ? undefined : methodWords.about(first.facts);
        return (
          <li key={thingId} className="method">
            <SuspendedNames methods={methods} />
            <p className="row-warning">
              {t("list.since", { at: timeText(suspendedAt, "day"), until: timeText(until, "day") })}
            </p>
            <div className="method-actions">
              <LinkButton variant="link" href={`/account/security/stolen/${thingId}/back`} about={about}>
                {t("list.back")}
              </LinkButton>
              <LinkButton variant="link" href={`/account/security/stolen/${thingId}/next`} about={about}>
                {t("list.next")}
              </LinkButton>
            </div>
          </li>
        );
      })}
    </ul>
  );
}
