import { readBase32 } from "@/lib/codes";
import { after, before } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";

/** Everything that can be shown for oneself in a recovery; each kind counts once. */
export const proofKinds = [
  "password",
  "email",
  "second-email",
  "trusted-device",
  "known-device",
  "old-code",
  "old-number",
  "contact",
  "support",
  "history",
] as const;
export type ProofKind = (typeof proofKinds)[number];

/** Whether a row's text is a kind of proof that this version knows. */
export const isProofKind = (text: string): text is ProofKind => proofKinds.some((kind) => kind === text);

/**
 * What two proofs have in common that makes them one: a trusted browser is a known one too. What is shown from where is
 * nobody's own, so it shortens a wait and proves nothing. No channel stands under two names (AT-008).
 */
const sourceOf = {
  password: "password",
  email: "email",
  "second-email": "second-email",
  "trusted-device": "device",
  "known-device": "device",
  "old-code": "old-code",
  "old-number": "old-number",
  contact: "contact",
  support: "support",
  history: undefined,
} as const satisfies Record<ProofKind, string | undefined>;

/** Every mailbox is one kind of thing: whoever reads one mailbox often reads the other. */
const groupOf = (kind: ProofKind): string | undefined => {
  const source = sourceOf[kind];
  return source === "second-email" ? "email" : source;
};

/** What the evidence of a recovery is worth. */
export type Verdict =
  | { readonly ok: false; readonly reason: "not-enough"; readonly counted: readonly ProofKind[] }
  | {
      readonly ok: true;
      /** Milliseconds. */
      readonly wait: number;
      /** What shortened it, the strongest first. */
      readonly counted: readonly ProofKind[];
    };

/** The strongest proof of each source, the strongest first. */
function countedOf(proofs: readonly ProofKind[]): ProofKind[] {
  const { points } = numbers.recovery;
  const sorted = [...new Set(proofs)].sort((left, right) => points[right] - points[left]);
  return sorted.filter((kind, place) => {
    const source = sourceOf[kind];
    return source === undefined || sorted.findIndex((other) => sourceOf[other] === source) === place;
  });
}

/**
 * How long a recovery waits with this evidence, and by what: 24 hours to 14 days. It does not start with fewer than two
 * different proofs (NIST SP 800-63B-4 4.2.2.2); more evidence never makes it longer.
 */
export function judgeEvidence(proofs: readonly ProofKind[]): Verdict {
  const { points, waits, proofsNeeded } = numbers.recovery;
  const counted = countedOf(proofs);
  const different = new Set(counted.flatMap((kind) => groupOf(kind) ?? []));
  if (different.size < proofsNeeded) return { ok: false, reason: "not-enough", counted };
  const sum = counted.reduce((total, kind) => total + points[kind], 0);
  const line = waits.find((each) => sum >= each.points) ?? waits[waits.length - 1];
  return { ok: true, wait: line?.wait ?? waits[0].wait, counted };
}

/** What a recovery is, as its page shows it. */
export type RecoveryState =
  /** Evidence is collected. */
  | "collecting"
  /** Started; no notice is on its way yet, so the wait has not begun. */
  | "unnoticed"
  | "waiting"
  /** May be finished. */
  | "ready"
  | "stopped"
  | "signed-in"
  | "finished"
  | "expired";

/** Where a recovery stands at a moment of the database's clock. */
export function stateOf(
  recovery: {
    readonly startedAt: Date | null;
    readonly readyAt: Date | null;
    readonly expiresAt: Date;
    readonly endedAt: Date | null;
    readonly endedBecause: string | null;
  },
  now: Date,
): RecoveryState {
  if (recovery.endedAt !== null) {
    if (recovery.endedBecause === "finished" || recovery.endedBecause === "signed-in")
      return recovery.endedBecause;
    return recovery.endedBecause === "expired" ? "expired" : "stopped";
  }
  if (recovery.expiresAt <= now) return "expired";
  if (recovery.startedAt === null) return "collecting";
  if (recovery.readyAt === null) return "unnoticed";
  return recovery.readyAt <= now ? "ready" : "waiting";
}

/**
 * Whether the password with which it began is still the account's. One that the mailbox chose since would make the link
 * of a mail enough again.
 */
export const hasItsPassword = (recovery: {
  readonly proofs: readonly string[];
  /** Whether the password is another one than that with which it began. */
  readonly isPasswordNew: boolean;
}): boolean => recovery.proofs.includes("password") && !recovery.isPasswordNew;

/**
 * Whether another browser than that which began it finishes it by now, with the password. Whoever reads the mailbox and
 * has the password gets no more by somebody else's evidence than by their own: on another browser it takes the wait that
 * these two alone have.
 */
export const isOpenElsewhere = (recovery: {
  readonly noticedAt: Date | null;
  readonly now: Date;
}): boolean => {
  const { noticedAt, now } = recovery;
  const alone = judgeEvidence(["password", "email"]);
  return alone.ok && noticedAt !== null && after(noticedAt, alone.wait) <= now;
};

/** Until when its browser may need to know it: before the wait has begun, until the latest moment that is possible. */
export const neededUntil = (recovery: {
  readonly startedAt: Date | null;
  readonly noticedAt: Date | null;
  readonly waitMs: number | null;
  readonly expiresAt: Date;
}): Date =>
  recovery.startedAt === null || recovery.noticedAt !== null
    ? recovery.expiresAt
    : after(recovery.expiresAt, (recovery.waitMs ?? 0) + numbers.recovery.finishWithin);

/** Whether a second address, a contact or a number was there before an intruder could have made it. */
export const isOldEnough = (since: Date | null, now: Date): boolean =>
  since !== null && since <= before(now, numbers.recovery.evidenceAge);

/**
 * Whose budgets a recovery spends: its account's by the way it was begun (docs/decisions/0034). Whoever has the password
 * alone uses up those of the password, and keeps nobody from a browser that the account knows, the mailbox, or the desk.
 */
export const countedFor = (recovery: {
  readonly accountId: string;
  readonly lane: string;
}): readonly string[] => [recovery.accountId, recovery.lane];

/** A case number as it is shown: "K7F2-9QXM". */
export const caseNumberOf = (characters: string): string =>
  `${characters.slice(0, 4)}-${characters.slice(4)}`;

/** The codes of a mail or a contact that somebody can have typed, at most two; none: it cannot be one. */
export const readSecret = (text: string): string[] => readBase32(text, numbers.recovery.secret.characters);

/** A code of a mail or a contact as it is shown: two groups of five. */
export const showSecret = (secret: string): string => `${secret.slice(0, 5)}-${secret.slice(5)}`;
