export { examine, type Patient } from "./flow";
export { hintWords } from "./words";
