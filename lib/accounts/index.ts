export { mailOfAddressBudget } from "./budgets";
export {
  currentPasswordField,
  emailField,
  nameField,
  newPasswordField,
} from "./fields";
export { passwordRefusal } from "./judge";
export { type FormRefusal, fieldErrors, refusalError } from "./refusals";
export { askReset, ownerOfResetLink, readResetLink, resetPassword, takeResetLink } from "./reset/flow";
export { emailKey, type LinkState, maskedEmail, type PasswordReason, parseEmail } from "./rules";
export {
  askSecondEmail,
  type ConfirmSecondReason,
  confirmSecondEmail,
  readSecondLink,
  removeSecondEmail,
} from "./second/flow";
export {
  askEmailChange,
  type ConfirmEmailReason,
  changeLanguage,
  changeName,
  changePassword,
  confirmEmailChange,
  readEmailLink,
} from "./settings/flow";
export { beginSignUp, type ConfirmSignUpReason, confirmSignUp, readSignUpLink } from "./sign-up/flow";
export { findOwner } from "./store";
