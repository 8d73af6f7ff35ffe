export {
  type Enrolled,
  type Kept,
  type KeptOn,
  keptOn,
  type Loss,
  lockoutMap,
  lockoutsAfter,
  type Place,
  placeOf,
  type Thing,
  type Verdict,
  without,
} from "./rules";
export { thingWords, waysWords } from "./words";
