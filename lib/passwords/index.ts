export { strangerBudgets } from "./budgets";
export {
  BusyError,
  hashPassword,
  hashUnlessBusy,
  isHashOutdated,
  isPassword,
  isPasswordUnlessBusy,
  passwordForm,
  unlessBusy,
} from "./hashing";
