export {
  type CodeLine,
  type Line,
  lineOf,
  lineOfCode,
  lookAgainAfter,
  type MessageFacts,
  nextBest,
  type Offer,
  type OtherWay,
} from "./rules";
export { lineText } from "./words";
