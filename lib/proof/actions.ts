import { after } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";

/** What a fresh proof may be asked for. */
type Action = {
  /**
   * A grave action takes protection away, or could give an account to whoever does it. A proof by a code that was sent
   * is good for the one that its message named and no other; its words stand in the catalogue `actions`.
   */
  readonly isGrave: boolean;
  /**
   * Whether a whole sign-in of the last ten minutes is proof enough; for a grave action not one whose code was sent: a
   * message for a sign-in does not name it. For what is needed at once, by somebody who has perhaps one recovery code left.
   */
  readonly isSignInEnough?: boolean;
  /** Its page; what stands in the brackets is what the action is about, such as the method. */
  readonly page?: RegExp;
};

const id = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";

/**
 * Everything that is done with a fresh proof. The guards `requireFreshProofForPage` and `requireFreshProofForAction` ask by these names, and the pages say which
 * one somebody wanted who was turned away; whatever is not a page of another one is "see-settings". Tests walk all pages
 * and actions of the build and hold them against this list.
 */
export const actions = {
  /** To see the settings, and to do what is undone as easily as it is done. */
  "see-settings": { isGrave: false },
  "change-name": { isGrave: false, page: /^\/account\/settings\/name$/ },
  "order-methods": { isGrave: false },
  "end-sessions": { isGrave: false },
  /** Codes are asked for more often after it: nobody gets in by that. */
  "forget-devices": { isGrave: false },
  /** A second step where there was none, or one more: whoever adds theirs can come back. */
  "add-method": { isGrave: true, page: /^\/account\/security\/(?:add|setup)(?:\/(?!done).*)?$/ },
  "remove-method": { isGrave: true, page: new RegExp(`^/account/security/methods/(${id})$`) },
  /** What wrong codes disabled is a way in again: a code that is talked out of somebody for anything else must not do it. */
  "enable-method": { isGrave: true, page: new RegExp(`^/account/security/methods/(${id})/enable$`) },
  "turn-off": { isGrave: true, page: /^\/account\/security\/turn-off$/ },
  "change-password": { isGrave: true, page: /^\/account\/settings\/password$/ },
  /** A second address and recovery contacts: whoever adds theirs can come back. */
  "ways-back": { isGrave: true, page: /^\/account\/settings\/recovery$/ },
  /** To be somebody's recovery contact, and to read out a code for them. */
  vouch: { isGrave: true, page: /^\/account\/contacts$/ },
  "change-email": { isGrave: true, page: /^\/account\/settings\/email$/ },
  "new-recovery-codes": { isGrave: true, page: /^\/account\/security\/recovery-codes(?:\/download)?$/ },
  /** To choose the phone that changed or is gone, and to read what to do next. */
  "see-phones": {
    isGrave: false,
    isSignInEnough: true,
    page: new RegExp(`^/account/security/(?:new-number|stolen(?:/${id}/next)?)$`),
  },
  "change-number": { isGrave: true, page: new RegExp(`^/account/security/new-number/(${id})(?:/code)?$`) },
  /** Nothing is lost by it for good, and it is needed at once; it takes ways in away all the same. */
  "suspend-phone": {
    isGrave: true,
    isSignInEnough: true,
    page: new RegExp(`^/account/security/stolen/(${id})$`),
  },
  "restore-phone": { isGrave: true, page: new RegExp(`^/account/security/stolen/(${id})/back$`) },
} as const satisfies Record<string, Action>;

export type ActionName = keyof typeof actions;

/** An action and what it is about, such as the id of a method. */
export type Task = { readonly name: ActionName; readonly subject?: string };

const isActionName = (text: string): text is ActionName => Object.hasOwn(actions, text);

/** A task as a row holds it: "remove-method:5a…". */
export const taskText = ({ name, subject }: Task): string =>
  subject === undefined ? name : `${name}:${subject}`;

/** The task that a row holds; a row without one, or of another version, asked for nothing in particular. */
export function readTask(text: string | null): Task {
  const [name = "", subject] = (text ?? "").split(":", 2);
  if (!isActionName(name)) return { name: "see-settings" };
  return subject === undefined ? { name } : { name, subject };
}

/** What somebody wanted who was turned away from this page. */
export function taskOfPath(path: string): Task {
  for (const [name, action] of Object.entries(actions) as [ActionName, Action][]) {
    const found = action.page?.exec(path);
    if (found) return found[1] === undefined ? { name } : { name, subject: found[1] };
  }
  return { name: "see-settings" };
}

/**
 * What a proof is good for: null for every action. A code that was sent can be talked out of somebody, and its message
 * says one thing; nobody is talked into an app, a passkey or a recovery code by what a message says.
 */
export const scopeOfProof = (isSent: boolean, action: string | null): string | null =>
  isSent ? taskText(readTask(action)) : null;

/** What a session has proven, and when; how it signed in, where that counts. */
export type Proof = {
  readonly provenAt: Date | null;
  readonly provenFor: string | null;
  readonly createdAt?: Date;
  /** The method that finished its sign-in; null where no second step was asked. */
  readonly methodKind?: string | null;
  /** Another method is wanted next, so the sign-in does not count either. */
  readonly avoidMethodId?: string | null;
};

function isSignInEnough({ createdAt, methodKind, avoidMethodId }: Proof, task: Task, now: Date): boolean {
  const action: Action = actions[task.name];
  return (
    action.isSignInEnough === true &&
    createdAt !== undefined &&
    now < after(createdAt, numbers.freshProof.lifetime) &&
    (methodKind ?? null) !== null &&
    !(action.isGrave && methodKind === "phone") &&
    (avoidMethodId ?? null) === null
  );
}

/**
 * Whether a proof is enough for a task: ten minutes from the proof, not sliding; for a grave action a proof that is good
 * for all, or for this very one and what it is about.
 */
export function isProofEnough(proof: Proof, task: Task, now: Date): boolean {
  if (isSignInEnough(proof, task, now)) return true;
  const { provenAt, provenFor } = proof;
  if (provenAt === null || now >= after(provenAt, numbers.freshProof.lifetime)) return false;
  return !actions[task.name].isGrave || provenFor === null || provenFor === taskText(task);
}

/** A task with what may be said of what it is about: masked, empty where nothing is known. */
export type TaskFacts = {
  readonly name: ActionName;
  readonly method: string;
  readonly lastDigits: string;
  readonly tag: string;
};

/** A task as its words want it; `about` is what may be shown of the method it is about. */
export const taskFacts = (
  { name }: Task,
  about?: { readonly kind: string; readonly lastDigits?: string; readonly tag?: string },
): TaskFacts => ({
  name,
  method: about?.kind ?? "",
  lastDigits: about?.lastDigits ?? "",
  tag: about?.tag ?? "",
});
