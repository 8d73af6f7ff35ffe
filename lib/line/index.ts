export {
  type Line,
  lineOf,
  lookAgainAfter,
  type MessageFacts,
  nextBest,
  type Offer,
  type OtherWay,
} from "./rules";
export { lineText } from "./words";
