import { generateSync } from "otplib";
import { numbers } from "@/lib/kernel/numbers";
import type { CodeHint } from "@/lib/kernel/result";
import { isSame } from "@/lib/kernel/secrets";
import { stepAt } from "./totp";

/** An entry of an authenticator app: of a method, or of one that is being set up. */
export type Entry = { readonly id: string; readonly secret: string; readonly tag: string };

/** Another entry of the same account; one that was removed is kept sealed for a week. */
export type OtherEntry = Entry & { readonly createdAt: Date; readonly removedAt: Date | null };

/** A wrong code, and everything of its account that it may have been meant for. */
export type WrongCode = {
  readonly digits: string;
  readonly now: Date;
  /** The entry that was asked; undefined where a code that was sent is asked. */
  readonly asked: (Entry & { readonly createdAt: Date }) | undefined;
  readonly others: readonly OtherEntry[];
  /** Codes that were sent to the account lately, and whether each of them is these digits. */
  readonly sent: readonly {
    readonly id: string;
    readonly channel: "text" | "voice";
    readonly isIt: boolean;
  }[];
};

/** What was found out, and what may never be accepted once it is said. */
export type Diagnosis = {
  readonly hint: CodeHint;
  readonly burnt:
    | { readonly entryId: string; readonly step: number }
    | { readonly codeIds: readonly string[] };
};

const period = numbers.totp.period / 1000;
const { clockSteps, lateSteps } = numbers.doctor;
const tolerance = numbers.totp.toleranceSteps;

/** The step whose code these digits are, nearest to now first; every one is compared, whichever fits. */
function stepWithin({ secret }: Entry, digits: string, around: number, either: number): number | undefined {
  let found: number | undefined;
  for (let off = 0; off <= either; off += 1)
    for (const step of off === 0 ? [around] : [around - off, around + off])
      if (step >= 0 && isSame(generateSync({ secret, epoch: step * period }), digits)) found ??= step;
  return found;
}

const minutesOf = (steps: number): number => Math.max(1, Math.round((Math.abs(steps) * period) / 60));

/**
 * Why a code was wrong: the code doctor. It accepts nothing. What it says and what must be burnt go together, because
 * whoever guesses and is told "a code of the other entry" would know a code; the caller burns first, then speaks.
 *
 * Everything is compared before anything is chosen, so that its time says nothing about which it was.
 */
export function diagnose({ digits, now, asked, others, sent }: WrongCode): Diagnosis | undefined {
  const around = stepAt(now);
  const drifted = asked === undefined ? undefined : stepWithin(asked, digits, around, clockSteps);
  const fitting = others.flatMap((entry) => {
    const step = stepWithin(entry, digits, around, tolerance);
    return step === undefined ? [] : [{ entry, step }];
  });
  const codes = sent.filter(({ isIt }) => isIt);

  const [code] = codes;
  if (asked !== undefined && code !== undefined)
    return {
      hint: { kind: "sent-for-app", channel: code.channel, wanted: asked.tag },
      burnt: { codeIds: codes.map(({ id }) => id) },
    };
  if (asked !== undefined && drifted !== undefined) {
    const off = drifted - around;
    // Right but used, or a little late: that is said in the method's own words, and neither can be accepted any more.
    if (Math.abs(off) <= tolerance || (off < 0 && -off <= lateSteps)) return undefined;
    return {
      hint: { kind: off < 0 ? "clock-slow" : "clock-fast", minutes: minutesOf(off), wanted: asked.tag },
      burnt: { entryId: asked.id, step: drifted },
    };
  }
  const found = fitting.find(({ entry }) => entry.removedAt === null) ?? fitting[0];
  if (found === undefined) return undefined;
  const burnt = { entryId: found.entry.id, step: found.step };
  const { removedAt, createdAt, tag } = found.entry;
  if (asked === undefined)
    return removedAt === null ? { hint: { kind: "app-for-sent", tag }, burnt } : undefined;
  if (removedAt === null) return { hint: { kind: "other-entry", tag, wanted: asked.tag }, burnt };
  // A newer entry stands in its place.
  const kind = createdAt < asked.createdAt ? "replaced-entry" : "removed-entry";
  return { hint: { kind, at: removedAt, wanted: asked.tag }, burnt };
}
