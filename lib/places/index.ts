import "server-only";

export { browserText, doneBy } from "./names";
export { openPlaces, placeOf, whereFrom, whereText } from "./places";
