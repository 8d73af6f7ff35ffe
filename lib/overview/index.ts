export { type Care, isTwoStepOn, type Overview, whatNeedsCare } from "./rules";
export { findOverview } from "./store";
