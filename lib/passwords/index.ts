export {
  BusyError,
  hashPassword,
  hashUnlessBusy,
  isHashOutdated,
  isPassword,
  passwordForm,
} from "./hashing";
