export { type Enrolled, keptOn, type Loss, lockoutMap, lockoutsAfter, placeOf, without } from "./rules";
export { thingWords, waysWords } from "./words";
