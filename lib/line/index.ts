export {
  type CodeLine,
  type Line,
  lineOfCode,
  lookAgainAfter,
  nextBest,
  type Offer,
  type OtherWay,
} from "./rules";
export { lineText } from "./words";
