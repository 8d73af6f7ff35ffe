import "server-only";

export { openPlaces, placeOf, whereFrom } from "./places";
