import { expect, test } from "vitest";
import { days, hours, minutes } from "@/lib/kernel/durations";
import { type Language, languages, original } from "@/lib/kernel/language";
import { numbers } from "@/lib/kernel/numbers";
import { catalogues, type Namespace } from ".";
import { translation } from "./translations";

// Sentences write limits out ("the last of five tries"), because a number in words reads better and its noun has its
// form. So that none of them goes on saying what a limit was, each is held against the one table here, in every language.

const inMinutes = (duration: number): number => duration / minutes(1);
const inHours = (duration: number): number => duration / hours(1);
const inDays = (duration: number): number => duration / days(1);
const { recovery, desk } = numbers;

/** A limit, as it is said, and the messages that say it. */
const said: readonly (readonly [value: number, keys: readonly string[]])[] = [
  [
    numbers.code.digits,
    [
      "methods.answer.phone.malformed",
      "methods.answer.phone.wrong",
      "setup.code.hint",
      "recovery.refused.malformed",
    ],
  ],
  [
    numbers.totp.digits,
    ["methods.answer.app.malformed", "setup.app.typeKey", "setup.app.codeHint", "recovery.refused.malformed"],
  ],
  [numbers.code.live, ["setup.code.letter", "signIn.twoStep.where.letter", "trial.letter", "undo.letter"]],
  [numbers.attempt.tries, ["signIn.twoStep.over", "signIn.answer.no-tries-left"]],
  [inMinutes(numbers.attempt.lifetime), ["signIn.answer.gone", "signIn.over.text"]],
  [numbers.failuresInRow.step, ["messages.alert.second-step-waits.body", "messages.alert.method-waits.body"]],
  [
    numbers.failuresInRow.methodDisabledAt,
    [
      "messages.alert.method-waits.body",
      "messages.alert.method-disabled.body",
      "security.methods.disabledText",
    ],
  ],
  [inHours(numbers.failuresInRow.waits[3]), ["demonstration.state.locked-out"]],
  [
    numbers.mailRequests.mailbox.max,
    ["account.email.sentMissing", "signUp.sent.missing", "signUp.forgotSent.missing"],
  ],
  [inMinutes(numbers.enrolment.idle), ["setup.app.beginLead", "setup.refused.gone"]],
  [inMinutes(numbers.trial.lifetime), ["trial.over", "trial.refused.gone", "trial.refused.no-tries"]],
  [numbers.trial.characters, ["trial.codes.lead", "trial.codes.malformed"]],
  [
    Math.round(inDays(numbers.methods.remindAfter) / 30.4),
    ["home.care.unproven-way.title", "security.methods.due", "security.codes.due"],
  ],
  [
    inDays(numbers.undo.lifetime),
    [
      "security.off.line2",
      "security.remove.lead",
      "undo.dead.link-expired.text",
      "messages.alert.two-step-off.body",
      "messages.alert.method-removed.body",
      "messages.alert.number-changed.body",
      "messages.alert.number-retired.body",
      "messages.alert.phone-suspended.body",
      "messages.alert.suspended-removed.body",
    ],
  ],
  [
    inDays(numbers.newNumber.keepOldFor),
    [
      "activity.kind.number-changed",
      "activity.kind.number-retired",
      "messages.alert.number-changed.text",
      "messages.alert.number-retired.body",
      "newNumber.line2",
      "undo.lead.number-retired",
    ],
  ],
  [
    inDays(numbers.stolen.reversibleFor),
    [
      "activity.kind.suspended-removed",
      "activity.kind.suspended-kept",
      "messages.alert.suspended-removed.body",
      "messages.alert.suspended-removed.text",
      "undo.lead.suspended-removed",
    ],
  ],
  [
    inDays(numbers.trustedDevice.lifetime),
    [
      "activity.reason.trust-expired",
      "messages.alert.device-trusted.body",
      "setup.finish.trustHint",
      "signIn.twoStep.trustHint",
      "signIn.why.trust-expired",
    ],
  ],
  [numbers.numberHealth.failures, ["activity.kind.number-failing"]],
  [numbers.recoveryCodes.count, ["recoveryCodes.pending", "recovery.begin.codes", "security.newCodes.lead"]],
  [
    numbers.recoveryCodes.characters,
    ["methods.answer.recovery-codes.malformed", "recovery.refused.malformed"],
  ],
  [
    inMinutes(numbers.mailLink.resetPassword),
    ["messages.mail.reset-password.body", "signUp.forgotSent.text", "signUp.resetLink.expired.text"],
  ],
  [
    inHours(numbers.mailLink.confirmAddress),
    [
      "account.email.sentText",
      "messages.mail.confirm-sign-up.body",
      "messages.mail.confirm-email.body",
      "messages.mail.confirm-second-email.body",
      "signUp.sent.text",
      "signUp.link.expired.text",
      "signUp.emailLink.expired.text",
    ],
  ],
  [numbers.fields.nameCharacters, ["account.error.name-too-long"]],
  [numbers.password.minCharacters, ["account.error.password-missing", "account.error.password-too-short"]],
  [numbers.password.maxCharacters, ["account.error.password-too-long"]],
  [numbers.methodsNeeded, ["setup.explain.text"]],
  [
    inMinutes(recovery.secret.lifetime),
    [
      "messages.mail.recovery-code.body",
      "messages.mail.recovery-finish.body",
      "recovery.proofs.mail.sent",
      "recovery.finish.mail.lead",
      "recovery.finish.mail.sent",
      "recovery.help.code.text",
    ],
  ],
  [recovery.secret.characters, ["recovery.finish.mail.codeHint", "recovery.finish.refused.no-code"]],
  [recovery.proofsNeeded, ["recovery.proofs.lead", "recovery.refused.not-enough"]],
  [inHours(recovery.collect), ["messages.mail.recovery-desk.body"]],
  [inHours(recovery.waits[0].wait), ["recovery.begin.how.text"]],
  [inDays(recovery.waits[4].wait), ["recovery.begin.how.text"]],
  [
    inDays(recovery.evidenceAge),
    [
      "messages.alert.second-email-added.body",
      "messages.alert.recovery-contact-named.body",
      "recovery.kept.lead",
    ],
  ],
  [recovery.contacts, ["recovery.kept.refused.contact-there"]],
  [
    inHours(recovery.holdChanges),
    ["messages.alert.recovery-finished.body", "recovery.status.ready.text", "recovery.secondLink.recovered"],
  ],
  [
    inDays(desk.holdsOthers),
    ["desk.done.hold", "messages.alert.desk-approved.body", "messages.alert.desk-pass-used.body"],
  ],
  [desk.pass.characters, ["desk.pass.passHint", "desk.pass.refused.malformed"]],
  [
    inMinutes(desk.pass.lifetime),
    [
      "desk.pass.passHint",
      "desk.command.request.help",
      "messages.alert.desk-approved.body",
      "messages.alert.desk-carried-out.body",
      "messages.alert.desk-pass-opened.body",
    ],
  ],
  [inMinutes(desk.session), ["desk.command.sign-in.what", "desk.refused.not-signed-in"]],
  [
    inHours(desk.request),
    ["desk.command.request.help", "desk.refused.expired", "messages.alert.desk-requested.body"],
  ],
  [desk.timeline.shown, ["desk.command.timeline.help"]],
];

/** Numbers in English that are no limit of ours. */
const others = [
  "activity.whose.session.heading", // the first of three steps
  "activity.whose.password.heading",
  "activity.whose.methods.heading",
  "calls.notice.desk-approved", // four eyes are two people
  "desk.held.text",
  "desk.pass.lead",
  "desk.pass.refused.wrong", // its three fields
  "desk.usage", // exit codes
  "desk.command.sign-in.help", // its three questions
  "desk.command.whoami.help",
  "desk.refused.own-account",
  "desk.refused.limit-range",
  "desk.refused.nobody-else",
  "messages.alert.desk-colleague-added.body",
  "messages.alert.desk-approved.text",
  "messages.mail.recovery-contact-asked.body", // numbered steps
  "policy.required.time", // what the set-up takes, more or less
  "recovery.proofs.number.hint", // a number as an example
  "recovery.refused.number-malformed",
  "setup.phone.privacy", // the last two digits
  "stolen.help.lead",
];

/** How a number is written where it is not in digits. */
const inWords: Readonly<Record<Language, Readonly<Record<number, RegExp>>>> = {
  en: {
    2: /\btwo\b/i,
    3: /\bthree\b/i,
    5: /\bfive\b/i,
    6: /\bsix\b/i,
    7: /\bseven\b|\ba week\b/i,
    10: /\bten\b/i,
    12: /\btwelve\b/i,
    100: /\bhundred\b/i,
  },
  de: {
    2: /\bzwei/i,
    3: /\bdrei/i,
    5: /\bfünf/i,
    6: /\bsechs/i,
    7: /\bsieben|\beine(r)? Woche/i,
    10: /\bzehn/i,
    12: /\bzwölf/i,
    100: /hundert/i,
  },
  es: {
    2: /\bdos\b/i,
    3: /\btres\b/i,
    5: /\bcinco\b/i,
    6: /\bseis\b/i,
    7: /\bsiete\b|\buna semana\b/i,
    10: /\bdiez\b/i,
    12: /\bdoce\b/i,
    100: /\bcien\b/i,
  },
  fr: {
    2: /\bdeux\b/i,
    3: /\btrois\b/i,
    5: /\bcinq\b/i,
    6: /\bsix\b/i,
    7: /\bsept\b|\bune semaine\b/i,
    10: /\bdix\b/i,
    12: /\bdouze\b/i,
    100: /\bcent\b/i,
  },
  ja: { 7: /1週間/ },
  ar: {
    2: /اثن|ساعتين|ساعتان|شيئين|شيئان|طريقتين|طريقتان|دليلين/,
    3: /ثلاث/,
    5: /خمس/,
    6: /ست/,
    7: /سبع|أسبوع/,
    10: /عشر/,
    12: /اثن/,
    100: /مئة|مائة/,
  },
};

/** A sentence without what only looks like a number in it: the forms of a plural, and the feature's name. */
const plain = (message: string): string => message.replaceAll(/=\d+ \{|two-step/gi, "");

const saysNumber = (message: string, value: number, language: Language): boolean =>
  new RegExp(`(?<![\\d+])${value}(?!\\d)`).test(plain(message)) ||
  (inWords[language][value]?.test(plain(message)) ?? false);

/** A message by its area and key, "signIn.twoStep.over". */
function messageOf(language: Language, name: string): string {
  const [namespace = ""] = name.split(".", 1);
  const key = name.slice(namespace.length + 1);
  const words: Readonly<Record<string, string>> | undefined =
    language === original ? catalogues[namespace as Namespace] : translation(language, namespace);
  return words?.[key] ?? "";
}

const english: readonly (readonly [name: string, message: string])[] = Object.entries(catalogues).flatMap(
  ([namespace, catalogue]) =>
    Object.entries(catalogue as Readonly<Record<string, string>>).map(
      ([key, message]) => [`${namespace}.${key}`, message] as const,
    ),
);

test.each(said.flatMap(([value, keys]) => keys.map((key) => [key, value] as const)))(
  "%s says the limit of the table, %i, in every language",
  (key, value) => {
    for (const language of languages) {
      const message = messageOf(language, key);
      expect(saysNumber(message, value, language), `${language}: ${message}`).toBe(true);
    }
  },
);

test("every number in a sentence is a limit of the table, or is known to be none", () => {
  const number =
    /(?<![\w+])(\d+|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|hundred|a week)\b/i;
  const found = english.filter(([, message]) => number.test(plain(message))).map(([key]) => key);
  const known = new Set([...said.flatMap(([, keys]) => keys), ...others]);
  expect(found.filter((key) => !known.has(key))).toEqual([]);
  expect(
    [...known].filter((key) => !found.includes(key)),
    "no line for a sentence without a number",
  ).toEqual([]);
});
