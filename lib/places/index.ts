import "server-only";

export { openPlaces, placeOf, whereFrom, whereText } from "./places";
