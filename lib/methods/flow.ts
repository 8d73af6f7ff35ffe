import "server-only";
import { numbers } from "@/lib/kernel/numbers";
import { ok, type Result } from "@/lib/kernel/result";
import type {
  Acceptance,
  AnswerReason,
  AnyMethod,
  Delivery,
  EnrolReason,
  Evidence,
  MethodFacts,
} from "./method";
import { type MethodData, type MethodKind, methods } from "./registry";

/** What may be shown of a method. */
export const describeMethod = ({ kind, data }: MethodData): MethodFacts =>
  (methods[kind] as AnyMethod).describe(data);

/** Where a code for this method must be sent; null when the person has it already, or when no code is asked. */
export const challengeOf = ({ kind, data }: MethodData): Delivery => {
  const challenge = (methods[kind] as AnyMethod).challenge(data);
  return challenge.kind === "code" ? challenge.delivery : null;
};

/**
 * Judges an answer by the method of this kind. It compares only; the caller has spent a try before, and stores what
 * the acceptance used up.
 */
export function verifyAnswer(
  kind: "passkey",
  answer: string,
  evidence: Evidence<unknown>,
): Promise<Result<Acceptance, Exclude<AnswerReason, "busy">>>;
export function verifyAnswer(
  kind: MethodKind,
  answer: string,
  evidence: Evidence<unknown>,
): Promise<Result<Acceptance, AnswerReason>>;
export function verifyAnswer(kind: MethodKind, answer: string, evidence: Evidence<unknown>) {
  return (methods[kind] as AnyMethod).verify(answer, evidence);
}

/** Whether an answer could be one of this kind at all. One that could not need not spend a try. */
export const isAnswerShaped = (kind: MethodKind, answer: string): boolean =>
  (methods[kind] as AnyMethod).isAnswerShaped(answer);

/**
 * Whether methods of this kind are proven by typing the digits of a code. Those can be tried, and put back after a
 * removal, on pages that run no module.
 */
export const isProvenByDigits = (kind: MethodKind): boolean =>
  isAnswerShaped(kind, "0".repeat(numbers.code.digits));

/**
 * The kinds whose wrong answers are counted for each method: a code of so few digits can be guessed. Nobody guesses a
 * signature, and whoever counted failed ones would let a stranger disable a passkey (NIST SP 800-63B-4 3.2.2 bounds what
 * can be guessed).
 */
export const guessableKinds = (): readonly string[] =>
  (Object.keys(methods) as MethodKind[]).filter(isProvenByDigits);

/** What must not be enrolled twice in one account (the number); null where nothing can be the same. */
export const identityOf = ({ kind, data }: MethodData): string | null =>
  (methods[kind] as AnyMethod).identity(data);

/** Turns what a person entered into data to confirm, or says why not. */
export const beginMethod = (kind: MethodKind, input: unknown): Result<MethodData, EnrolReason> => {
  const begun = (methods[kind] as AnyMethod).enrol.begin(input);
  return begun.ok ? ok({ kind, data: begun.value } as MethodData) : begun;
};
