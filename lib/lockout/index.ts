export {
  type Enrolled,
  type Kept,
  type Loss,
  lockoutMap,
  lockoutsAfter,
  type Place,
  placeOf,
  type Thing,
  type Verdict,
  without,
} from "./rules";
