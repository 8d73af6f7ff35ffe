import { IntlMessageFormat } from "intl-messageformat";
import { currentLanguage, directionOf, type Language, localeOf, original } from "@/lib/kernel/language";
import account from "./en/account.json" with { type: "json" };
import actions from "./en/actions.json" with { type: "json" };
import activity from "./en/activity.json" with { type: "json" };
import calls from "./en/calls.json" with { type: "json" };
import demonstration from "./en/demonstration.json" with { type: "json" };
import desk from "./en/desk.json" with { type: "json" };
import doctor from "./en/doctor.json" with { type: "json" };
import door from "./en/door.json" with { type: "json" };
import home from "./en/home.json" with { type: "json" };
import line from "./en/line.json" with { type: "json" };
import lockout from "./en/lockout.json" with { type: "json" };
import messages from "./en/messages.json" with { type: "json" };
import methods from "./en/methods.json" with { type: "json" };
import newNumber from "./en/new-number.json" with { type: "json" };
import outbox from "./en/outbox.json" with { type: "json" };
import passkeys from "./en/passkeys.json" with { type: "json" };
import policy from "./en/policy.json" with { type: "json" };
import proof from "./en/proof.json" with { type: "json" };
import recovery from "./en/recovery.json" with { type: "json" };
import recoveryCodes from "./en/recovery-codes.json" with { type: "json" };
import security from "./en/security.json" with { type: "json" };
import setup from "./en/setup.json" with { type: "json" };
import signIn from "./en/sign-in.json" with { type: "json" };
import signUp from "./en/sign-up.json" with { type: "json" };
import stolen from "./en/stolen.json" with { type: "json" };
import trial from "./en/trial.json" with { type: "json" };
import ui from "./en/ui.json" with { type: "json" };
import undo from "./en/undo.json" with { type: "json" };
import { isolated } from "./isolates";
import { translation } from "./translations";

/** Every sentence a person can read, by area. English is complete and the source of the keys. */
const english = {
  account,
  actions,
  activity,
  calls,
  demonstration,
  desk,
  doctor,
  door,
  home,
  line,
  lockout,
  messages,
  methods,
  newNumber,
  outbox,
  passkeys,
  policy,
  proof,
  recovery,
  recoveryCodes,
  security,
  setup,
  signIn,
  signUp,
  stolen,
  trial,
  ui,
  undo,
};

export type Namespace = keyof typeof english;
export type Key<N extends Namespace> = keyof (typeof english)[N] & string;
/** Values for the placeholders of an ICU message. */
export type WordValues = Record<string, string | number | Date>;
/** Looks up one message of an area and fills in its values. */
export type Translate<N extends Namespace> = (key: Key<N>, values?: WordValues) => string;

// The server does not know a person's zone, so every moment is in UTC and a time says so, whatever TZ the machine has.
const formats = {
  date: { long: { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" } },
  time: {
    short: { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: "UTC", timeZoneName: "short" },
    exact: {
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
      hourCycle: "h23",
      timeZone: "UTC",
      timeZoneName: "short",
    },
  },
} as const;

// Parsing a message costs more than all else here, so each is parsed once.
const parsed = new Map<string, IntlMessageFormat>();

function parse(message: string, language: Language): IntlMessageFormat {
  const parts = new IntlMessageFormat(message, localeOf(language), formats, { ignoreTag: true });
  if (directionOf(language) === "ltr") return parts;
  return new IntlMessageFormat(isolated(parts.getAst()), localeOf(language), formats, { ignoreTag: true });
}

/**
 * The words of one area, as a function from key to text: `words("signIn")("title")`. They are in the language of the
 * request or message that is being worked on (lib/kernel/language.ts); what has no translation yet is in English.
 */
export function words<N extends Namespace>(namespace: N): Translate<N> {
  return (key, values) => {
    const language = currentLanguage();
    const translated = language === original ? undefined : translation(language, namespace)?.[key];
    if (translated !== undefined) {
      try {
        return say(language, namespace, key, translated, values);
      } catch {
        // A translation that lags behind its page must not keep anybody out; translations.test.ts finds it.
      }
    }
    const message = (english[namespace] as Record<string, string>)[key];
    if (message === undefined) throw new Error(`the catalogue ${namespace} has no message "${key}"`);
    return say(original, namespace, key, message, values);
  };
}

function say(
  language: Language,
  namespace: Namespace,
  key: string,
  message: string,
  values: WordValues | undefined,
): string {
  if (values === undefined && !/[{'<]/.test(message)) return message;
  const cacheName = `${language} ${namespace} ${key}`;
  let format = parsed.get(cacheName);
  if (format === undefined) {
    format = parse(message, language);
    parsed.set(cacheName, format);
  }
  return String(format.format(values));
}

/** Things as one phrase: "a text, a call or an app" with `disjunction`. */
export function listWords(things: readonly string[], type: "conjunction" | "disjunction"): string {
  return new Intl.ListFormat(localeOf(currentLanguage()), { type }).format(things);
}

/** The catalogues, for the test that holds them together with the code. */
export const catalogues: Readonly<Record<Namespace, Readonly<Record<string, string>>>> = english;
