export { type Care, type Overview, whatNeedsCare } from "./rules";
export { findOverview } from "./store";
