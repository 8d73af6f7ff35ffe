export {
  beginNewNumber,
  changeableNumbers,
  confirmNewNumber,
  keepNumber,
  pendingNumber,
  retireDue,
} from "./flow";
