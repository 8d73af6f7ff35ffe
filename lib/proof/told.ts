/** Why something is told at the phones, beside the mail: it takes a way in away from its owner, or gives somebody one. */
type WhyByPhone = "takes" | "gives";

/**
 * How each alert is told. By text too, or by a call where a number takes only those, where it takes a way in, or the
 * account, away from its owner, now or soon, or gives one to whoever did it: that cannot wait until somebody reads their
 * mail, which the one who did it may read as well.
 * Their words stand in the catalogue `messages`, keys `alert.<name>.subject`, `.body` and `.text`, and what a call says in
 * `calls`, key `notice.<name>`; a test holds them together.
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
} as const satisfies Record<string, WhyByPhone | "mail">;

type Told = typeof told;
export type NameByPhone = { [Name in keyof Told]: Told[Name] extends WhyByPhone ? Name : never }[keyof Told];

const isTold = (name: string): name is keyof Told => Object.hasOwn(told, name);

/** Whether an alert is told at the phones too. */
export const isToldByPhone = (name: string): name is NameByPhone => isTold(name) && told[name] !== "mail";

/**
 * What nobody did just now: it comes by the clock, at whatever hour, and says what was said before. It makes no phone ring
 * (docs/decisions/0039).
 */
const silent: readonly NameByPhone[] = ["recovery-waiting", "suspended-removed"];

/** Whether a phone that only takes calls is called for it. */
export const rings = (name: NameByPhone): boolean => !silent.includes(name);

/** A number of an account, and how it is reached. */
export type PhoneToTell = { readonly number: string; readonly channel: "text" | "voice" };

/** Each number once: one that takes texts too is texted, because a text stays and wakes nobody. */
export function onePerNumber(
  deliveries: readonly { readonly channel: "text" | "voice"; readonly to: string }[],
): PhoneToTell[] {
  const takesTexts = new Set(deliveries.flatMap(({ channel, to }) => (channel === "text" ? [to] : [])));
  return [...new Set(deliveries.map(({ to }) => to))].map((number) => ({
    number,
    channel: takesTexts.has(number) ? "text" : "voice",
  }));
}
