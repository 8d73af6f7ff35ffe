import "server-only";

export { browserText, doneBy } from "./names";
export { openPlaces, placeOf, whereText } from "./places";
