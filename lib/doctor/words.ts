import type { CodeHint } from "@/lib/kernel/result";
import { type Key, words } from "@/lib/words";

/** The sentence of each hint. */
const keys = {
  "clock-slow": "hint.clock-slow",
  "clock-fast": "hint.clock-fast",
  "sent-for-app": "hint.sent-for-app",
  "app-for-sent": "hint.app-for-sent",
  "other-entry": "hint.other-entry",
  "replaced-entry": "hint.replaced-entry",
  "removed-entry": "hint.removed-entry",
} satisfies Record<CodeHint["kind"], Key<"doctor">>;

/** Why a code was wrong, and what to do: "Your phone's clock is 3 minutes slow." */
export const hintWords = (hint: CodeHint): string => words("doctor")(keys[hint.kind], { ...hint });
