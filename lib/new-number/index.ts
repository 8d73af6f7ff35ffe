export {
  beginNewNumber,
  changeableNumbers,
  confirmNewNumber,
  keepNumber,
  type NewNumberReason,
  pendingNumber,
  retireDue,
} from "./flow";
