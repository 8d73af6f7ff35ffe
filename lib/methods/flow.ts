import "server-only";
import type { Result } from "@/lib/kernel/result";
import type { Acceptance, AnswerReason, AnyMethod, Delivery, Evidence, MethodFacts } from "./method";
import { type MethodData, type MethodKind, methods } from "./registry";

/** What may be shown of a method. */
export const describeMethod = ({ kind, data }: MethodData): MethodFacts =>
  (methods[kind] as AnyMethod).describe(data);

/** Where a code for this method must be sent; null when the person has it already. */
export const challengeOf = ({ kind, data }: MethodData): Delivery =>
  (methods[kind] as AnyMethod).challenge(data);

/**
 * Judges an answer by the method of this kind. It compares only; the caller has spent a try before, and stores what
 * the acceptance used up.
 */
export const verifyAnswer = (
  kind: MethodKind,
  answer: string,
  evidence: Evidence<unknown>,
): Promise<Result<Acceptance, AnswerReason>> => (methods[kind] as AnyMethod).verify(answer, evidence);
