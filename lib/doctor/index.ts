export { examine } from "./flow";
export { hintWords } from "./words";
