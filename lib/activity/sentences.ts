import type { CodeHint } from "@/lib/kernel/result";
import type { AnswerReason } from "@/lib/methods";
import type { AskReason } from "@/lib/sign-in";
import { type Key, words } from "@/lib/words";
import type { EventFacts, EventKind } from "./kinds";

/** The sentence of each kind of event. */
const sentenceKeys = {
  "account-created": "kind.account-created",
  "signed-in": "kind.signed-in",
  "signed-out": "kind.signed-out",
  "second-step-failed": "kind.second-step-failed",
  "second-step-waits": "kind.second-step-waits",
  "proof-given": "kind.proof-given",
  "name-changed": "kind.name-changed",
  "email-change-asked": "kind.email-change-asked",
  "email-changed": "kind.email-changed",
  "password-changed": "kind.password-changed",
  "password-reset": "kind.password-reset",
  "two-step-on": "kind.two-step-on",
  "two-step-off": "kind.two-step-off",
  "method-added": "kind.method-added",
  "method-removed": "kind.method-removed",
  "methods-reordered": "kind.methods-reordered",
  "method-disabled": "kind.method-disabled",
  "method-enabled": "kind.method-enabled",
  "recovery-code-used": "kind.recovery-code-used",
  "recovery-codes-made": "kind.recovery-codes-made",
  "device-trusted": "kind.device-trusted",
  "device-forgotten": "kind.device-forgotten",
  "all-devices-forgotten": "kind.all-devices-forgotten",
  "session-ended": "kind.session-ended",
  "wrong-password": "kind.wrong-password",
  "code-sent": "kind.code-sent",
  "device-copied": "kind.device-copied",
  "session-copied": "kind.session-copied",
  "password-reset-asked": "kind.password-reset-asked",
  "methods-moved": "kind.methods-moved",
  "method-renamed": "kind.method-renamed",
  "method-tried": "kind.method-tried",
  "method-restored": "kind.method-restored",
  "two-step-restored": "kind.two-step-restored",
  "number-failing": "kind.number-failing",
  "language-changed": "kind.language-changed",
  "desk-signed-in": "kind.desk-signed-in",
  "desk-sign-in-copied": "kind.desk-sign-in-copied",
  "desk-agent-added": "kind.desk-agent-added",
  "desk-agent-removed": "kind.desk-agent-removed",
  "desk-looked-up": "kind.desk-looked-up",
  "desk-requested": "kind.desk-requested",
  "desk-approved": "kind.desk-approved",
  "desk-refused": "kind.desk-refused",
  "desk-carried-out": "kind.desk-carried-out",
  "desk-pass-opened": "kind.desk-pass-opened",
  "desk-pass-failed": "kind.desk-pass-failed",
  "desk-pass-used": "kind.desk-pass-used",
  "number-changed": "kind.number-changed",
  "number-kept": "kind.number-kept",
  "number-retired": "kind.number-retired",
  "number-change-undone": "kind.number-change-undone",
  "phone-suspended": "kind.phone-suspended",
  "phone-restored": "kind.phone-restored",
  "suspended-removed": "kind.suspended-removed",
  "suspended-kept": "kind.suspended-kept",
  "recovery-begun": "kind.recovery-begun",
  "recovery-proven": "kind.recovery-proven",
  "recovery-started": "kind.recovery-started",
  "recovery-waits": "kind.recovery-waits",
  "recovery-stopped": "kind.recovery-stopped",
  "recovery-ended": "kind.recovery-ended",
  "recovery-finished": "kind.recovery-finished",
  "recovery-contact-named": "kind.recovery-contact-named",
  "recovery-contact-accepted": "kind.recovery-contact-accepted",
  "recovery-contact-removed": "kind.recovery-contact-removed",
  "recovery-contact-asked": "kind.recovery-contact-asked",
  "recovery-contact-answered": "kind.recovery-contact-answered",
  "second-email-asked": "kind.second-email-asked",
  "second-email-added": "kind.second-email-added",
  "second-email-removed": "kind.second-email-removed",
} satisfies Record<EventKind, Key<"activity">>;

/** Reasons that the fact `reason` of an event may name: why a code was asked for or not, and why one was refused. */
const reasonKeys = {
  "new-browser": "reason.new-browser",
  "trust-expired": "reason.trust-expired",
  "not-trusted": "reason.not-trusted",
  "password-changed": "reason.password-changed",
  "methods-changed": "reason.methods-changed",
  "email-changed": "reason.email-changed",
  "all-devices-forgotten": "reason.all-devices-forgotten",
  "two-step-changed": "reason.two-step-changed",
  "device-forgotten": "reason.device-forgotten",
  "device-copied": "reason.device-copied",
  "fresh-proof": "reason.fresh-proof",
  "required-by-site": "reason.required-by-site",
  "not-set-up": "reason.not-set-up",
  "made-by-browser": "reason.made-by-browser",
  "set-up-required": "reason.set-up-required",
  "no-second-step": "reason.no-second-step",
  "trusted-device": "reason.trusted-device",
  malformed: "reason.malformed",
  wrong: "reason.wrong",
  expired: "reason.expired",
  used: "reason.used",
  passkey: "reason.passkey",
  copied: "reason.copied",
  "clock-slow": "reason.clock-slow",
  "clock-fast": "reason.clock-fast",
  "sent-for-app": "reason.sent-for-app",
  "app-for-sent": "reason.app-for-sent",
  "other-entry": "reason.other-entry",
  "replaced-entry": "reason.replaced-entry",
  "removed-entry": "reason.removed-entry",
} satisfies Record<AskReason | Exclude<AnswerReason, "busy"> | CodeHint["kind"], Key<"activity">> &
  Record<string, Key<"activity">>;

/** Facts as a message takes them. Events outlive the version that wrote them, so none may be lacking. */
const valuesOf = (facts: EventFacts): EventFacts => ({
  scope: "",
  channel: "",
  count: 1,
  ended: "…",
  email: "…",
  lastDigits: "…",
  oldDigits: "…",
  tag: "…",
  form: "",
  isLast: "",
  reason: "",
  authenticator: "unknown",
  language: "…",
  agent: "…",
  approver: "…",
  requester: "…",
  case: "…",
  hours: 0,
  by: "owner",
  with: "",
  ...facts,
  // A choice of an ICU message is a name without a hyphen.
  method: String(facts.method ?? "").replaceAll("-", "_"),
  purpose: String(facts.purpose ?? "").replaceAll("-", "_"),
  what: String(facts.what ?? "").replaceAll("-", "_"),
  proof: String(facts.proof ?? "").replaceAll("-", "_"),
});

/** What happened, in words; for an event of a kind that this version does not know, its name. */
export function eventSentence(event: { readonly kind: string; readonly facts: EventFacts }): string {
  const key = Object.hasOwn(sentenceKeys, event.kind) ? sentenceKeys[event.kind as EventKind] : undefined;
  return key === undefined ? event.kind : words("activity")(key, valuesOf(event.facts));
}

/** Why it happened, in words; undefined when the event names no reason. */
export function eventReason(event: { readonly facts: EventFacts }): string | undefined {
  const reason = String(event.facts.reason ?? "");
  const key = Object.hasOwn(reasonKeys, reason) ? reasonKeys[reason as keyof typeof reasonKeys] : undefined;
  return key === undefined ? undefined : words("activity")(key, sinceOf(event.facts));
}

/** Since when a reason holds; events outlive the version that wrote them, so it may be lacking. */
function sinceOf({ since }: EventFacts): { isDated: "yes" | "no"; since: Date } {
  const at = new Date(since ?? Number.NaN);
  return Number.isNaN(at.getTime()) ? { isDated: "no", since: new Date(0) } : { isDated: "yes", since: at };
}

const methodKeys: Readonly<Record<string, Key<"activity">>> = {
  app: "method.app",
  phone: "method.phone",
  passkey: "method.passkey",
  "recovery-codes": "method.recovery-codes",
};

/** The method by which it was done, in words; undefined when there was none or we have no words for it. */
export function eventMethod(event: { readonly facts: EventFacts }): string | undefined {
  const method = String(event.facts.method ?? "");
  const key = Object.hasOwn(methodKeys, method) ? methodKeys[method] : undefined;
  return key === undefined ? undefined : words("activity")(key);
}
