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
