export {
  proveWithoutPhone,
  removeOverdue,
  restorePhone,
  type Suspension,
  stealableThings,
  suspendPhone,
  suspensionsOf,
  type Theft,
  viewSuspension,
  viewTheft,
} from "./flow";
