export { strangerBudgets } from "./budgets";
export {
  hashPassword,
  hashUnlessBusy,
  isHashOutdated,
  isPassword,
  isPasswordUnlessBusy,
  passwordForm,
  unlessBusy,
} from "./hashing";
