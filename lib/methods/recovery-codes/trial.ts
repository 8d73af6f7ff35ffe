import { readBase32 } from "@/lib/codes";
import { numbers } from "@/lib/kernel/numbers";
import { firstByteOf, isSame, keyedHash, keyedHashes, randomPlaces } from "@/lib/kernel/secrets";

// What a recovery code is tried by, without being spent: three of its characters, at places chosen when it was made.
// Kept is one byte of their keyed hash (docs/decisions/0016), as "2.5.9.c4".

/** Which code it is: of another account or number the same characters are another hash. */
type Which = { readonly accountId: string; readonly number: number };

const parts = ({ accountId, number }: Which, places: readonly number[], characters: string): string[] => [
  accountId,
  String(number),
  places.join("."),
  characters,
];

/** What is kept of a new code, so that it can be tried later. */
export function newTrial(which: Which, code: string): string {
  const places = randomPlaces(numbers.trial.characters, numbers.recoveryCodes.characters);
  const characters = places.map((place) => code[place - 1]).join("");
  return [...places, firstByteOf(keyedHash("recovery trial", parts(which, places, characters)))].join(".");
}

/** The places that are asked for, counted from 1 as people count them. */
export const placesOfTrial = (trial: string): number[] =>
  trial.split(".").slice(0, numbers.trial.characters).map(Number);

/** The characters that an answer can mean; three of them may stand in a list. */
const readings = (answer: string): string[] =>
  readBase32(answer.replaceAll(",", ""), numbers.trial.characters);

/** Whether an answer could be three characters of a code at all. */
export const isTrialShaped = (answer: string): boolean => readings(answer).length > 0;

/** Whether an answer is what stands at the places of a code. The code is not spent, and nothing else follows from it. */
export function isTrialAnswer(which: Which, trial: string, answer: string): boolean {
  const places = placesOfTrial(trial);
  const byte = trial.split(".").at(-1) ?? "";
  return readings(answer).some((characters) =>
    keyedHashes("recovery trial", parts(which, places, characters)).some((hash) =>
      isSame(firstByteOf(hash), byte),
    ),
  );
}
