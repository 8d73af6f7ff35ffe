/** What the pages of the set-up, and of adding another method, show. Nothing here writes anything. */
import "server-only";
import { type Allowance, allowanceOf } from "@/lib/codes";
import type { Visit } from "@/lib/kernel/visit";
import { type CodeLine, lineOfCode } from "@/lib/line";
import {
  challengeOf,
  challengeOfTry,
  creationOptions,
  listActiveMethods,
  type MethodData,
  openMethodData,
} from "@/lib/methods";
import type { Purpose, SetupFacts } from "./rules";
import { type EnrolKind, enrolmentTry, type Owner, ownerOf, standingOf } from "./standing";
import { findEnrolment, findPhone } from "./store";

/** A pending enrolment, opened for the session that began it. */
export type Pending = {
  readonly method: MethodData;
  readonly purpose: Purpose;
  readonly triesLeft: number;
  /** The newest code and what became of its message; none for an app. */
  readonly code: CodeLine | undefined;
  /** The number whose place it takes; null for one more. */
  readonly replaces: string | null;
};

/** Everything that a page of the set-up shows. */
export type SetupView = {
  readonly facts: SetupFacts;
  readonly hasApp: boolean;
  readonly app: Pending | undefined;
  readonly phone: Pending | undefined;
};

/** Reads what the pages of the set-up, and of adding another method, show. */
export async function setupView(owner: Owner, now: Date): Promise<SetupView> {
  const [standing, app, phone] = await Promise.all([
    standingOf(owner, now),
    pending(owner, "app", now),
    pending(owner, "phone", now),
  ]);
  return { facts: standing.facts, hasApp: standing.hasApp, app, phone };
}

async function pending(owner: Owner, kind: EnrolKind, now: Date): Promise<Pending | undefined> {
  if (kind === "phone") return pendingPhone(owner, now);
  const row = await findEnrolment(ownerOf(owner), kind, now);
  const method = row && openMethodData("Enrolment", row);
  if (row === undefined || method === undefined) return undefined;
  return { method, purpose: row.purpose, triesLeft: row.tries, code: undefined, replaces: null };
}

/** The phone that this session is setting up, with the line of its newest code; one statement, and it writes nothing. */
export async function pendingPhone(
  owner: Pick<Owner, "id" | "accountId">,
  now: Date,
): Promise<Pending | undefined> {
  const row = await findPhone({ accountId: owner.accountId, sessionId: owner.id }, now);
  const method = row && openMethodData("Enrolment", row);
  if (row === undefined || method === undefined) return undefined;
  const { purpose, tries, replaces } = row;
  return { method, purpose, triesLeft: tries, code: lineOfCode(row.code, now), replaces };
}

/**
 * What the browser's dialog is asked to make, for the passkey that this session is adding; undefined when it adds none
 * (any more). It writes nothing: the challenge follows from the enrolment and its tries.
 */
export async function passkeyToMake(
  owner: Owner & { readonly name: string },
  now: Date,
): Promise<ReturnType<typeof creationOptions> | undefined> {
  const row = await findEnrolment(ownerOf(owner), "passkey", now);
  if (row === undefined || row.tries === 0) return undefined;
  const { methods } = await listActiveMethods(owner.accountId);
  return creationOptions(
    challengeOfTry({ ...enrolmentTry(row), triesLeft: row.tries }),
    { id: owner.accountId, email: owner.email, name: owner.name },
    methods.flatMap((method) => (method.kind === "passkey" ? [method.data] : [])),
  );
}

/** What may still be sent to the phone that is being set up, for the page that offers it; writes nothing. */
export const phoneAllowance = (
  { method }: Pending,
  owner: Owner,
  visit: Visit,
): Promise<Allowance | undefined> => {
  const delivery = challengeOf(method);
  if (delivery === null) return Promise.resolve(undefined);
  const { accountId } = owner;
  return allowanceOf({ ownerId: accountId, accountId, purpose: "enrolment", number: delivery.to }, visit);
};
