/** Why something is told by text, beside the mail: it takes a way in away from its owner, or gives somebody one. */
type Grave = "takes" | "gives";

/**
 * How each alert is told. By text too where it takes a way in, or the account, away from its owner, now or soon, or gives
 * one to whoever did it: that cannot wait until somebody reads their mail, which the one who did it may read as well.
 * Their words stand in the catalogue `messages`, keys `alert.<name>.subject`, `.body` and `.text`; a test holds the two
 * together.
 *
 * By mail alone: attempts that failed, what only changes what is asked first or on which device, what counts only a week
 * later (a second address, a recovery contact), what was announced before (a number that goes by itself), and turning
 * two-step on, before which there is no phone to tell.
 */
export const told = {
  "all-devices-forgotten": "mail",
  "desk-agent-added": "mail",
  "desk-agent-removed": "mail",
  "desk-approved": "takes",
  "desk-carried-out": "takes",
  "desk-colleague-added": "mail",
  "desk-looked-up": "mail",
  "desk-pass-failed": "mail",
  "desk-pass-opened": "mail",
  "desk-pass-used": "takes",
  "desk-refused": "mail",
  "desk-requested": "mail",
  "desk-signed-in": "mail",
  "desk-sign-in-copied": "mail",
  "device-copied": "mail",
  "device-forgotten": "mail",
  "device-trusted": "mail",
  "email-change-asked": "mail",
  "email-changed": "takes",
  "language-changed": "mail",
  "method-added": "gives",
  "method-disabled": "mail",
  "method-enabled": "gives",
  "method-removed": "takes",
  "method-restored": "gives",
  "method-waits": "mail",
  "methods-reordered": "mail",
  "name-changed": "mail",
  "new-browser": "mail",
  "number-change-undone": "gives",
  "number-changed": "takes",
  "number-failing": "mail",
  "number-kept": "mail",
  "number-retired": "mail",
  "password-changed": "takes",
  "password-reset": "takes",
  "phone-restored": "gives",
  "phone-suspended": "takes",
  "recovery-code-used": "mail",
  "recovery-codes-few": "mail",
  "recovery-codes-made": "gives",
  "recovery-contact-named": "mail",
  "recovery-contact-removed": "mail",
  "recovery-finished": "takes",
  "recovery-over": "takes",
  "recovery-ready": "takes",
  "recovery-started": "takes",
  "recovery-waiting": "takes",
  "second-email-added": "mail",
  "second-email-asked": "mail",
  "second-email-removed": "mail",
  "second-step-failed": "mail",
  "second-step-waits": "mail",
  "session-copied": "mail",
  "suspended-kept": "mail",
  "suspended-removed": "takes",
  "two-step-off": "takes",
  "two-step-on": "mail",
  "two-step-restored": "gives",
} as const satisfies Record<string, Grave | "mail">;

type Told = typeof told;
type GraveName = { [Name in keyof Told]: Told[Name] extends Grave ? Name : never }[keyof Told];

const isTold = (name: string): name is keyof Told => Object.hasOwn(told, name);

/** Whether an alert is told by text too. */
export const isGrave = (name: string): name is GraveName => isTold(name) && told[name] !== "mail";
