import "server-only";
import { type CodePurpose, isCode, plainDigits } from "@/lib/codes";
import { numbers } from "@/lib/kernel/numbers";
import type { CodeHint } from "@/lib/kernel/result";
import { diagnose, type MethodData, type OtherEntry, openMethodData, stepAt } from "@/lib/methods";
import { burn, type Case, type CaseCode, type CaseMethod, readCase } from "./store";

/** A wrong code, and what asked for it. */
export type Patient = {
  readonly accountId: string;
  /** The session that sets something up; null at a sign-in or proof. */
  readonly sessionId: string | null;
  /** The method or the enrolment that was asked. */
  readonly askedId: string;
  readonly answer: string;
  /** The moment at which the answer was judged. */
  readonly now: Date;
};

type Opened = { readonly row: CaseMethod; readonly method: MethodData };

const openAll = (table: "Method" | "Enrolment", accountId: string, rows: readonly CaseMethod[]): Opened[] =>
  rows.flatMap((row) => {
    const method = openMethodData(table, { ...row, accountId });
    return method === undefined ? [] : [{ row, method }];
  });

const entriesOf = (opened: readonly Opened[]): OtherEntry[] =>
  opened.flatMap(({ row, method }): OtherEntry[] =>
    method.kind === "app"
      ? [
          {
            id: row.id,
            ...method.data,
            createdAt: new Date(row.createdAt),
            removedAt: row.removedAt === null ? null : new Date(row.removedAt),
          },
        ]
      : [],
  );

/** Whether a code that was sent is these digits, for exactly what it was sent for. */
function isItsCode(code: CaseCode, digits: string, accountId: string, opened: readonly Opened[]) {
  const to = opened.find(({ row }) => row.id === code.to)?.method;
  if (to?.kind !== "phone") return [];
  const { ownerId, purpose, action } = code;
  const binding = { ownerId, accountId, purpose: purpose as CodePurpose, action, number: to.data.number };
  return [{ id: code.id, channel: to.data.channel, isIt: isCode(code.hash, binding, digits) }];
}

/**
 * Finds out why a code was wrong, for somebody who has given the right password on a browser that the account knows, or
 * who is setting up; only then may it be called. It accepts nothing and spends nothing, and whatever it speaks of is
 * burnt before it is said. Undefined: it is simply a wrong code.
 */
export async function examine({
  accountId,
  sessionId,
  askedId,
  answer,
  now,
}: Patient): Promise<CodeHint | undefined> {
  const digits = plainDigits(answer);
  const opened = openCase(accountId, await readCase(accountId, sessionId, now));
  const asked = opened.all.find(({ row }) => row.id === askedId);
  if (asked?.method.kind !== "app" && asked?.method.kind !== "phone") return undefined;
  const entries = entriesOf(opened.all);
  const found = diagnose({
    digits,
    now,
    asked: entries.find(({ id }) => id === askedId),
    others: entries.filter(({ id }) => id !== askedId),
    sent: opened.codes.flatMap((code) => isItsCode(code, digits, accountId, opened.all)),
  });
  const burnt = found?.burnt;
  await burn(
    accountId,
    {
      entryId: burnt !== undefined && "entryId" in burnt ? burnt.entryId : null,
      step: burnt !== undefined && "step" in burnt ? burnt.step : null,
      codeIds: burnt !== undefined && "codeIds" in burnt ? burnt.codeIds : [],
    },
    stepAt(now) - numbers.totp.toleranceSteps,
    now,
  );
  return found?.hint;
}

const openCase = (accountId: string, { methods, enrolments, codes }: Case) => ({
  all: [...openAll("Method", accountId, methods), ...openAll("Enrolment", accountId, enrolments)],
  codes,
});
