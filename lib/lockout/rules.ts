/**
 * The lock-out map: for each thing that a person can lose, how they would still get in. It is said of the day on which
 * the thing is gone and the password is not; a browser that requires no codes is not counted, because its trust ends by
 * itself and by every change.
 */

/** Where a method is kept. */
export type Place =
  /** Nobody said: it may be on any of the phones. */
  | { readonly kind: "unknown" }
  /** On a device of its own, which is none of the phones below. */
  | { readonly kind: "own" }
  /** On the phone that has this method's number. */
  | { readonly kind: "phone"; readonly methodId: string };

/** A method, as far as the map looks at it. */
export type Kept = {
  readonly id: string;
  /** Whether it is a phone number: a thing to lose, on which others may be kept. */
  readonly isPhone: boolean;
  /** Of a method that is not a phone number. */
  readonly place: Place;
  /** Whether it goes by itself before long: a number that another one takes the place of. */
  readonly isRetiring?: boolean;
};

/** What is enrolled and in force; what is suspended lets nobody in, so it is no part of this. */
export type Enrolled = {
  readonly methods: readonly Kept[];
  readonly recoveryCodesLeft: number;
};

/** What can be lost: the phone with a number, the device on which another method is kept, the list of recovery codes. */
export type Thing =
  | { readonly kind: "phone"; readonly methodId: string }
  | { readonly kind: "device"; readonly methodId: string }
  | { readonly kind: "recovery-codes" };

/**
 * How bad it would be. Safe: another method is surely left. Perhaps: one is left unless it was kept on the same phone,
 * and there is nothing else. Codes: only a recovery code lets them in. Out: nothing does.
 */
export type Verdict = "safe" | "codes" | "perhaps" | "out";

/** One line of the map. */
export type Loss = {
  readonly thing: Thing;
  readonly verdict: Verdict;
  /** Methods that surely still work. */
  readonly ways: readonly string[];
  /** Methods that still work unless they were kept on what is lost, or until they go by themselves. */
  readonly perhaps: readonly string[];
  readonly recoveryCodesLeft: number;
};

const isOn = (method: Kept, phone: string): boolean =>
  method.place.kind === "phone" && method.place.methodId === phone;

/** What a row says of where its method is kept; a phone that is not among the methods (any more) is a device of its own. */
export function placeOf(livesOn: string, phoneIds: readonly string[]): Place {
  if (livesOn === "") return { kind: "unknown" };
  return phoneIds.includes(livesOn) ? { kind: "phone", methodId: livesOn } : { kind: "own" };
}

/**
 * The things that can be lost. A method of which nobody said where it is kept is looked at with every phone, which is
 * the worse case; only where there is no phone is its device a thing of its own.
 */
function thingsOf({ methods, recoveryCodesLeft }: Enrolled): Thing[] {
  const hasPhone = methods.some(({ isPhone }) => isPhone);
  const things = methods.flatMap(({ id, isPhone, place }): Thing[] => {
    if (isPhone) return [{ kind: "phone", methodId: id }];
    const isThing = place.kind === "own" || (place.kind === "unknown" && !hasPhone);
    return isThing ? [{ kind: "device", methodId: id }] : [];
  });
  return recoveryCodesLeft === 0 ? things : [...things, { kind: "recovery-codes" }];
}

function lossOf(thing: Thing, { methods, recoveryCodesLeft }: Enrolled): Loss {
  const kept =
    thing.kind === "recovery-codes"
      ? methods
      : methods.filter((method) => method.id !== thing.methodId && !isOn(method, thing.methodId));
  // Whatever is kept nobody knows where may have been on the very thing that is gone.
  const isUnsure = ({ isPhone, place }: Kept): boolean =>
    thing.kind !== "recovery-codes" && !isPhone && place.kind === "unknown";
  const isLasting = (method: Kept): boolean => method.isRetiring !== true && !isUnsure(method);
  const ways = kept.filter(isLasting).map(({ id }) => id);
  const perhaps = kept.filter((method) => !isLasting(method)).map(({ id }) => id);
  const codes = thing.kind === "recovery-codes" ? 0 : recoveryCodesLeft;
  return { thing, verdict: verdictOf(ways, perhaps, codes), ways, perhaps, recoveryCodesLeft: codes };
}

function verdictOf(ways: readonly string[], perhaps: readonly string[], codes: number): Verdict {
  if (ways.length > 0) return "safe";
  if (codes > 0) return "codes";
  return perhaps.length > 0 ? "perhaps" : "out";
}

/** The map: one line for each thing that can be lost, in the order of the methods. */
export const lockoutMap = (enrolled: Enrolled): Loss[] =>
  thingsOf(enrolled).map((thing) => lossOf(thing, enrolled));

/** The same things after a method was removed. */
export const without = ({ methods, recoveryCodesLeft }: Enrolled, id: string): Enrolled => ({
  methods: methods
    .filter((method) => method.id !== id)
    // Its number is gone from the account; the phone, and what is kept on it, is not.
    .map((method) => (isOn(method, id) ? { ...method, place: { kind: "own" } } : method)),
  recoveryCodesLeft,
});

/** The losses that would lock a person out after a method was removed; asked before every removal. */
export const lockoutsAfter = (enrolled: Enrolled, removed: string): Loss[] =>
  lockoutMap(without(enrolled, removed)).filter(({ verdict }) => verdict === "out");

/** What goes with a thing that was stolen. */
export type KeptOn = {
  /** The thing itself, and what its owner said is kept on it. */
  readonly surely: readonly string[];
  /** What nobody said the place of; and an old number, whose card may still be in the phone of the new one. */
  readonly perhaps: readonly string[];
};

/** What is kept on the phone or device of a method: itself first. Nothing for one that is not enrolled. */
export function keptOn({ methods }: Enrolled, id: string): KeptOn {
  if (!methods.some((method) => method.id === id)) return { surely: [], perhaps: [] };
  const others = methods.filter((method) => method.id !== id);
  const isUnsure = ({ isPhone, place, isRetiring }: Kept): boolean =>
    isPhone ? isRetiring === true : place.kind === "unknown";
  return {
    surely: [id, ...others.filter((method) => isOn(method, id)).map((method) => method.id)],
    perhaps: others.filter(isUnsure).map((method) => method.id),
  };
}
