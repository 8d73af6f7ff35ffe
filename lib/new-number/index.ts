export {
  beginNewNumber,
  changeableNumbers,
  confirmNewNumber,
  keepNumber,
  type NewNumberReason,
  pendingNumber,
  retireDue,
  startPhoneRounds,
} from "./flow";
