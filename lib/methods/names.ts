import { type Key, words } from "@/lib/words";
import type { AnswerReason, CodeReason, EnrolReason, MethodFacts } from "./method";

/** The words for a refused answer, for each kind of code that was asked for. */
const answerKeys = {
  phone: {
    malformed: "answer.phone.malformed",
    wrong: "answer.phone.wrong",
    expired: "answer.phone.expired",
    used: "answer.phone.used",
  },
  app: {
    malformed: "answer.app.malformed",
    wrong: "answer.app.wrong",
    expired: "answer.app.expired",
    used: "answer.app.used",
  },
  "recovery-codes": {
    malformed: "answer.recovery-codes.malformed",
    wrong: "answer.recovery-codes.wrong",
    expired: "answer.recovery-codes.wrong",
    used: "answer.recovery-codes.used",
  },
  passkey: {
    malformed: "answer.passkey.malformed",
    wrong: "answer.passkey.wrong",
    expired: "answer.passkey.expired",
    used: "answer.passkey.used",
    copied: "answer.passkey.copied",
  },
} satisfies Record<MethodFacts["kind"], Record<CodeReason, Key<"methods">>> & {
  passkey: Record<Exclude<AnswerReason, "busy">, Key<"methods">>;
};

/** The words for a number that was not taken. */
const enrolKeys = {
  "number-missing": "enrol.number-missing",
  "number-not-a-number": "enrol.number-not-a-number",
  "number-country-unknown": "enrol.number-country-unknown",
  "number-too-short": "enrol.number-too-short",
  "number-too-long": "enrol.number-too-long",
  "number-impossible": "enrol.number-impossible",
  "number-no-text-to-landline": "enrol.number-no-text-to-landline",
  "number-kind-refused": "enrol.number-kind-refused",
  "channel-missing": "enrol.channel-missing",
} satisfies Record<EnrolReason, Key<"methods">>;

const nameKey = (facts: MethodFacts, form: "name" | "about"): Key<"methods"> => {
  if (facts.kind === "phone") return `${form}.phone-${facts.channel}`;
  if (facts.kind === "passkey") return `${form}.passkey-${facts.form}`;
  return facts.kind === "app" ? `${form}.app` : `${form}.recovery-codes`;
};

/** The words for methods, from the catalogue `methods`. */
export const methodWords = {
  /** Stands alone: "Text message to the number ending 42", "Authenticator app, entry ending K7F2". */
  name: (facts: MethodFacts): string => words("methods")(nameKey(facts, "name"), { ...facts }),
  /** Stands in a sentence or after a button: "the phone ending 42 (text message)". */
  about: (facts: MethodFacts): string => words("methods")(nameKey(facts, "about"), { ...facts }),
  /** Why an answer was not accepted, and what to do. */
  refusal: (kind: MethodFacts["kind"], reason: AnswerReason): string => {
    if (reason === "busy") return words("methods")("answer.busy");
    return words("methods")(reason === "copied" ? answerKeys.passkey.copied : answerKeys[kind][reason]);
  },
  /** Why a number was not taken, and what to do. */
  enrolRefusal: (reason: EnrolReason): string => words("methods")(enrolKeys[reason]),
};
