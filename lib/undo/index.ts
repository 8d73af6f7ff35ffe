export {
  type ChooseReason,
  canProveWayBack,
  chooseForWayBack,
  keepWayBack,
  newWayBack,
  type PutBackReason,
  putBack,
  viewWayBack,
  type WayBack,
  type WayBackPage,
} from "./flow";
export type { DeadReason, RemovalKind } from "./rules";
