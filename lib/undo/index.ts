export {
  type ChooseReason,
  canProveWayBack,
  chooseForWayBack,
  keepWayBack,
  keepWayBackIfProvable,
  newWayBack,
  type PutBackReason,
  putBack,
  viewWayBack,
  type WayBack,
  type WayBackPage,
} from "./flow";
export { comingBack, type DeadReason } from "./rules";
export { liftSuspension } from "./store";
