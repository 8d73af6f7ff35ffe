export {
  currentPasswordField,
  emailField,
  nameField,
  newPasswordField,
} from "./fields";
export { passwordRefusal } from "./judge";
export { fieldErrors, type Refusal, refusalError } from "./refusals";
export {
  type AskResetReason,
  askReset,
  ownerOfResetLink,
  type ResetReason,
  readResetLink,
  resetPassword,
  takeResetLink,
} from "./reset/flow";
export {
  type EmailAddress,
  emailKey,
  type LinkState,
  maskedEmail,
  type PasswordReason,
  parseEmail,
} from "./rules";
export {
  type AskSecondReason,
  askSecondEmail,
  type ConfirmSecondReason,
  confirmSecondEmail,
  readSecondLink,
  removeSecondEmail,
  type SecondLink,
} from "./second/flow";
export {
  type AskEmailReason,
  askEmailChange,
  type ChangePasswordReason,
  type ConfirmEmailReason,
  changeLanguage,
  changeName,
  changePassword,
  confirmEmailChange,
  readEmailLink,
  readSettings,
} from "./settings/flow";
export {
  beginSignUp,
  type ConfirmSignUpReason,
  confirmSignUp,
  readSignUpLink,
  type SignUpReason,
} from "./sign-up/flow";
export { findOwner, type OwnerRow } from "./store";
