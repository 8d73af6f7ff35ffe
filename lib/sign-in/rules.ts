/**
 * What `judgeSignIn` looks at: an ordered list of checks, of which the first that applies decides, with the reason that is
 * shown ("Why am I asked?") and recorded. Where none applies the browser is known and not trusted, and is asked.
 */
export type SignInFacts = {
  readonly now: Date;
  /** Two-Step Verification was turned on and never off again. */
  readonly isTwoStepOn: boolean;
  /** This browser's own entry, when the account has signed in here fully before. */
  readonly device:
    | {
        readonly trustedUntil: Date | null;
        /** When its trust was ended before its time, and by what; null where it never was, or is trusted again. */
        readonly trustEndedAt: Date | null;
        readonly trustEndedBecause: string | null;
      }
    | undefined;
  /** The site requires Two-Step Verification of everyone. */
  readonly isRequired?: boolean;
  /** This browser came with a token that was replaced long ago: one of the two has a copy. */
  readonly isCopied?: boolean;
};

/** Why a code is asked for. */
export type AskReason =
  | "new-browser"
  | "trust-expired"
  | "not-trusted"
  | "password-changed"
  | "methods-changed"
  | "email-changed"
  | "all-devices-forgotten"
  | "two-step-changed"
  | "device-forgotten"
  | "device-copied"
  | "required-by-site"
  | "fresh-proof";

/** Why none is asked for. */
export type AdmitReason = "no-second-step" | "not-set-up" | "trusted-device" | "passkey";

export type Verdict =
  | { readonly ask: false; readonly reason: AdmitReason }
  | {
      readonly ask: true;
      readonly reason: AskReason;
      /** When that came about: the end of this browser's trust. Null where no moment belongs to it. */
      readonly at: Date | null;
    };

const endings: readonly string[] = [
  "password-changed",
  "methods-changed",
  "email-changed",
  "all-devices-forgotten",
  "two-step-changed",
  "device-forgotten",
  "device-copied",
] satisfies AskReason[];

const checks: readonly {
  readonly applies: (facts: SignInFacts) => boolean;
  readonly verdict: (facts: SignInFacts) => Verdict;
}[] = [
  {
    applies: (facts) => !facts.isTwoStepOn,
    // Where it is required the guard of every page leads to the set-up from here.
    verdict: ({ isRequired }) => ({ ask: false, reason: isRequired ? "not-set-up" : "no-second-step" }),
  },
  {
    applies: ({ device, now }) =>
      device !== undefined && device.trustedUntil !== null && device.trustedUntil > now,
    verdict: () => ({ ask: false, reason: "trusted-device" }),
  },
  {
    applies: ({ isCopied }) => isCopied === true,
    verdict: ({ now }) => ({ ask: true, reason: "device-copied", at: now }),
  },
  {
    applies: ({ device }) => device === undefined,
    verdict: () => ({ ask: true, reason: "new-browser", at: null }),
  },
  {
    applies: ({ device }) => device?.trustedUntil != null,
    verdict: ({ device }) => ({ ask: true, reason: "trust-expired", at: device?.trustedUntil ?? null }),
  },
  {
    applies: ({ device }) => endings.includes(device?.trustEndedBecause ?? ""),
    verdict: ({ device }) => ({
      ask: true,
      reason: device?.trustEndedBecause as AskReason,
      at: device?.trustEndedAt ?? null,
    }),
  },
];

/** Whether this sign-in, after the right password, needs the second step, and why. */
export function judgeSignIn(facts: SignInFacts): Verdict {
  const check = checks.find(({ applies }) => applies(facts));
  const otherwise = facts.isRequired ? "required-by-site" : "not-trusted";
  return check?.verdict(facts) ?? { ask: true, reason: otherwise, at: null };
}

/**
 * How strong a kind of method is for a fresh proof: a passkey answers this site only, so nobody can be talked out of it;
 * an app cannot be redirected by a phone company.
 */
const strength: Readonly<Record<string, number>> = { passkey: 3, app: 2, phone: 1 };

/** The method that a fresh proof asks first: the strongest; of equals, the one the person put first. */
export function strongest<M extends { readonly kind: string; readonly position: number }>(
  methods: readonly M[],
): M | undefined {
  return [...methods].sort(
    (left, right) =>
      (strength[right.kind] ?? 0) - (strength[left.kind] ?? 0) || left.position - right.position,
  )[0];
}

/**
 * The method that a fresh proof asks first, the strongest that will do: not one that is about to be removed, and where a
 * phone is to be suspended nothing that is kept on it, which would be refused; what nobody said the place of only when
 * there is nothing else. Undefined where nothing will do.
 *
 * @param wanted `avoid`: what is about to be removed; `gone`: the phone or device that is to be suspended.
 */
export function proofAsked<
  M extends {
    readonly id: string;
    readonly kind: string;
    readonly position: number;
    readonly livesOn?: string;
    readonly isRetiring?: boolean;
  },
>(
  methods: readonly M[],
  { avoid, gone }: { readonly avoid: string | null; readonly gone: string | undefined },
): M | undefined {
  if (gone === undefined) {
    const others = methods.filter(({ id }) => id !== avoid);
    return strongest(others.length === 0 ? methods : others);
  }
  const others = methods.filter(({ id, livesOn }) => id !== gone && livesOn !== gone);
  const elsewhere = others.filter(({ kind, livesOn, isRetiring }) =>
    kind === "phone" ? isRetiring !== true : (livesOn ?? "") !== "",
  );
  return strongest(elsewhere) ?? strongest(others);
}

/**
 * Why a passkey that answered does not open the account by itself; undefined when it does. A signature is one factor;
 * only an authenticator that checked who is there (user verification) gives the second (AT-091).
 */
export function aloneRefusal(passkey: { readonly isUserVerified: boolean }): "not-verified" | undefined {
  return passkey.isUserVerified ? undefined : "not-verified";
}

/**
 * The method that a sign-in asks first: the one that was used last on this browser, because it is surely at hand here;
 * else the first in the person's own order. A new choice of the first one forgets what browsers remember. A number that
 * goes by itself is the last backup, also where it was used last.
 */
export const firstAsked = <M extends { readonly id: string; readonly isRetiring?: boolean }>(
  methods: readonly M[],
  lastUsedHere: string | null,
): M | undefined =>
  methods.find(({ id, isRetiring }) => id === lastUsedHere && isRetiring !== true) ?? methods[0];

/** Those whose codes are looked at now; all of them where every one waits, because one has to be asked. */
export function ready<M extends { readonly waitsUntil?: Date | null }>(
  methods: readonly M[],
  now: Date,
): readonly M[] {
  const open = methods.filter(({ waitsUntil }) => waitsUntil == null || waitsUntil <= now);
  return open.length === 0 ? methods : open;
}

/** Why an answer ended in nothing, beyond what the method said. */
export type AttemptEnd = "gone" | "no-tries-left" | "waits" | "method-waits" | "method-gone";
