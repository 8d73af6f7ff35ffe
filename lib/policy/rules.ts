/** What the accounts of the site have, as far as a policy asks. */
export type Standing = {
  /** Accounts in all. */
  readonly people: number;
  /** Two-Step Verification is not on. */
  readonly off: number;
  /** Of those: began the set-up and have one method, and no backup. */
  readonly offWithOne: number;
  /** Of those: signed in now. */
  readonly offSignedIn: number;
  /** It is on, with one method and no backup. */
  readonly onWithOne: number;
};

const people = (count: number): string => (count === 1 ? "1 person" : `${count} people`);

/** What a policy would do, in the words of the owner's terminal. */
export function policyLines(standing: Standing, inForce: "everyone" | "nobody"): string[] {
  const { off, offWithOne, offSignedIn, onWithOne } = standing;
  const would = inForce === "everyone" ? "stops" : "would stop";
  return [
    `In force: REQUIRE_TWO_STEP=${inForce}.`,
    `REQUIRE_TWO_STEP=everyone ${would} ${off} of ${people(standing.people)}, ${offWithOne} of them without a backup.`,
    ...(off === 0
      ? []
      : [
          `Whoever is stopped sets Two-Step Verification up after the password, and then goes on; ${offSignedIn} of them ${offSignedIn === 1 ? "is" : "are"} signed in now.`,
        ]),
    ...(onWithOne === 0
      ? []
      : [
          `${people(onWithOne)} with Two-Step Verification on ${onWithOne === 1 ? "has" : "have"} one method only; nothing stops them.`,
        ]),
  ];
}
