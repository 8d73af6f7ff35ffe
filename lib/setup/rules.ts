import { after } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";

/** What is known about an account's set-up, as far as this session may see it. */
export type SetupFacts = {
  /** Whether Two-Step Verification is on. */
  readonly isOn: boolean;
  /** Confirmed everyday methods that can be asked for. */
  readonly methods: number;
  /** Whether a code is on its way to a phone that this session is setting up. */
  readonly isPhonePending: boolean;
  /** Whether new recovery codes wait to be saved in this session. */
  readonly areCodesShown: boolean;
};

/** Why a set-up stands on a step; each step stands on one line of this table. */
type Step = {
  readonly path: string;
  /** The key of its heading in the catalogue `setup`. */
  readonly heading:
    | "explain.heading"
    | "choose.heading"
    | "code.heading"
    | "backup.heading"
    | "finish.heading"
    | "done.heading";
  /** Which of the three counted steps it belongs to. */
  readonly count?: 1 | 2 | 3;
  /** The step that a person may go back to from here without losing anything. */
  readonly back?: "choose" | "backup";
  /** Whether the set-up stands here. The first line that holds is where it stands. */
  readonly standsWhen: (facts: SetupFacts) => boolean;
  /** What a person does here (a key of the catalogue `setup`), and the step it leads to. */
  readonly leadsTo: readonly { readonly by: StepAct; readonly to: StepName | "explain" | "settings" }[];
};

/** What a person can do on the steps; the words are the buttons and links of the screens. */
export type StepAct =
  | "explain.begin"
  | "phone.submit"
  | "app.submit"
  | "backup.passkey"
  | "code.submit"
  | "code.change"
  | "finish.submit"
  | "done.submit";

/** The steps of the set-up, each with its page. */
export type StepName = "choose" | "code" | "backup" | "backup-code" | "finish" | "done";

const isUnderWay = ({ isOn }: SetupFacts, methods: number, atLeast: number): boolean =>
  !isOn && methods >= atLeast;

/**
 * The way from "Get Started" to "Two-Step Verification is on". Nothing but this table says which page comes when;
 * docs/journeys.md is drawn from it.
 */
export const steps = {
  done: {
    path: "/account/security/setup/done",
    heading: "done.heading",
    standsWhen: ({ isOn, areCodesShown }) => isOn && areCodesShown,
    leadsTo: [{ by: "done.submit", to: "settings" }],
  },
  finish: {
    path: "/account/security/setup/finish",
    heading: "finish.heading",
    count: 3,
    standsWhen: (facts) => isUnderWay(facts, facts.methods, numbers.methodsNeeded),
    leadsTo: [{ by: "finish.submit", to: "done" }],
  },
  "backup-code": {
    path: "/account/security/setup/code",
    heading: "code.heading",
    count: 2,
    back: "backup",
    standsWhen: (facts) => isUnderWay(facts, facts.methods, 1) && facts.isPhonePending,
    leadsTo: [
      { by: "code.submit", to: "finish" },
      { by: "code.change", to: "backup" },
    ],
  },
  backup: {
    path: "/account/security/setup/backup",
    heading: "backup.heading",
    count: 2,
    standsWhen: (facts) => isUnderWay(facts, facts.methods, 1),
    leadsTo: [
      { by: "phone.submit", to: "backup-code" },
      { by: "app.submit", to: "finish" },
      { by: "backup.passkey", to: "finish" },
    ],
  },
  code: {
    path: "/account/security/setup/code",
    heading: "code.heading",
    count: 1,
    back: "choose",
    standsWhen: (facts) => isUnderWay(facts, facts.methods, 0) && facts.isPhonePending,
    leadsTo: [
      { by: "code.submit", to: "backup" },
      { by: "code.change", to: "choose" },
    ],
  },
  choose: {
    path: "/account/security/setup",
    heading: "choose.heading",
    count: 1,
    standsWhen: (facts) => isUnderWay(facts, facts.methods, 0),
    leadsTo: [
      { by: "phone.submit", to: "code" },
      { by: "app.submit", to: "backup" },
    ],
  },
} as const satisfies Record<StepName, Step>;

/** Where set-up begins and where it leads to when there is nothing left to do. */
export const settingsPath = "/account/security";

/** Where one more method is added while Two-Step Verification is on. */
export const addPath = "/account/security/add";

/** The step where the set-up stands; undefined when it is over (Two-Step Verification is on, the codes are saved). */
export function nextStep(facts: SetupFacts): StepName | undefined {
  return (Object.keys(steps) as StepName[]).find((name) => steps[name].standsWhen(facts));
}

/** The page where the set-up stands. */
export function nextPath(facts: SetupFacts): string {
  const step = nextStep(facts);
  return step === undefined ? settingsPath : steps[step].path;
}

/** Where the methods are chosen: for a set-up on its first or second step, else for one more method. */
export function methodsPath(facts: { readonly isOn: boolean; readonly methods: number }): string {
  const purpose = purposeOf(facts);
  if (purpose === "additional") return addPath;
  return purpose === "first" ? steps.choose.path : steps.backup.path;
}

/** Where a person goes on after something was begun or confirmed: in the set-up, or while adding one more method. */
export function placeOf(facts: SetupFacts): string {
  if (!facts.isOn) return nextPath(facts);
  return facts.isPhonePending ? `${addPath}/code` : settingsPath;
}

/** Whether a person may look at this step now: where the set-up stands, or one step back from an unconfirmed phone. */
export function mayVisit(step: StepName, facts: SetupFacts): boolean {
  const standing = nextStep(facts);
  if (standing === undefined) return false;
  const { path, ...row }: Step = steps[standing];
  return path === steps[step].path || row.back === step;
}

/** Where a passkey is made: as the backup of a set-up, and while Two-Step Verification is on. */
export const passkeyPath = `${addPath}/passkey`;

/** Whether a passkey may be made now: never as the first method (docs/decisions/0028). */
export const mayMakePasskey = (facts: SetupFacts): boolean =>
  facts.isOn || (facts.methods > 0 && facts.methods < numbers.methodsNeeded);

/** What an enrolment is for, as the account stands. */
export type Purpose = "first" | "backup" | "additional";

/** What a method would be for that is made now: the first one, its backup, or one more where the second step is on. */
export const purposeOf = (facts: { readonly isOn: boolean; readonly methods: number }): Purpose => {
  if (facts.isOn) return "additional";
  return facts.methods === 0 ? "first" : "backup";
};

/** What the account has, as far as a new method may clash with it. */
export type ClashFacts = {
  readonly purpose: Purpose;
  readonly hasApp: boolean;
  readonly hasSameIdentity: boolean;
  /** How many it has. */
  readonly methods: number;
};

/**
 * Whether a method may join those of the account: never the same number twice (text and call reach one phone), and at
 * the backup step never the app again, because both entries would be lost with one phone; a passkey never first. Else any
 * number of each, as far as a page can show them.
 */
export function clash(
  kind: string,
  facts: ClashFacts,
): "same-number" | "same-app" | "not-first" | "too-many" | undefined {
  if (kind === "passkey" && facts.purpose === "first") return "not-first";
  if (kind === "phone" && facts.hasSameIdentity) return "same-number";
  if (kind === "app" && facts.purpose === "backup" && facts.hasApp) return "same-app";
  if (facts.methods >= numbers.methods.max) return "too-many";
  return undefined;
}

/** What a sign-in was and what the account has, as far as a passkey may be offered after it. */
export type JustSignedIn = {
  readonly signedInAt: Date;
  /** The method that finished the sign-in; null when no second step was asked. */
  readonly methodKind: string | null;
  readonly isOn: boolean;
  readonly methods: number;
  readonly hasPasskey: boolean;
};

/**
 * Whether a passkey is offered in a word and a link: for a while after a sign-in with a password and a code, to whoever
 * has none.
 */
export const mayOffer = (signedIn: JustSignedIn, now: Date): boolean =>
  (signedIn.methodKind === "app" || signedIn.methodKind === "phone") &&
  signedIn.isOn &&
  !signedIn.hasPasskey &&
  signedIn.methods < numbers.methods.max &&
  now < after(signedIn.signedInAt, numbers.passkey.offeredFor);

/**
 * Whether the browser may make one by itself. Then the sign-in is the fresh proof, so it must be as good as one: the
 * password and the app, which is the strongest method of an account without a passkey. A code that was sent is good for
 * what its message said, and that was signing in (docs/decisions/0019, 0028).
 */
export const mayUpgrade = (signedIn: JustSignedIn, now: Date): boolean =>
  mayOffer(signedIn, now) && signedIn.methodKind === "app";
