import { siteUrl } from "@/lib/kernel/site";
import { type Key, words } from "@/lib/words";
import type { Done, Request } from "./flow";
import type { Case } from "./looks";
import type { Person } from "./person";
import type { RequestKind } from "./rules";

const t = words("desk");

/** Columns of a terminal: what belongs to one thing stands under its first line. */
const columns = (first: string, ...rest: readonly string[]): string =>
  [first, ...rest].map((line, place) => (place === 0 ? line : `${" ".repeat(10)}${line}`)).join("\n");

/** A request as both agents read it. */
export const requestText = ({ kind, state, passUntil, ...shown }: Request): string =>
  columns(
    `${shown.id}  ${t("out.request.what", { what: t(`what.${kind}`), email: shown.email })}`,
    t(`state.${state}`, {
      until: shown.expiresAt,
      approver: shown.approver ?? "",
      requester: shown.requester,
    }),
    ...(passUntil === null ? [] : [t("out.request.pass", { until: passUntil, id: shown.id })]),
    ...(shown.caseNumber === null ? [] : [t("out.request.case", { case: shown.caseNumber })]),
    t("out.request.by", { requester: shown.requester, at: shown.createdAt, note: shown.note }),
  );

const doneKeys = {
  "access-pass": "out.pass",
  "recovery-start": "out.recovery-start",
  "support-check": "out.support-check",
  "recovery-stop": "out.recovery-stop",
} as const satisfies Record<RequestKind, Key<"desk">>;

/** What came of a request that was carried out. */
export const doneText = ({ request, pass, caseNumber }: Done): string =>
  pass === undefined
    ? t(doneKeys[request.kind], { case: caseNumber ?? "" })
    : t("out.pass", { pass: pass.text, until: pass.until, url: siteUrl() });

/** A recovery of somebody, and where it stands. */
export const caseText = ({ caseNumber, state, createdAt, readyAt }: Case): string =>
  t(`case.${state}`, { case: caseNumber, begun: createdAt, ready: readyAt ?? new Date(0) });

/** Whom was looked at. */
export const personText = (person: Person): string =>
  t("out.person", { email: person.email, on: person.isTwoStepOn ? "yes" : "no" });

/** Lines under each other. */
export const lines = (...parts: readonly string[]): string => parts.join("\n");

/** Two columns: what to type, and what it does. */
export function table(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join("\n");
}
