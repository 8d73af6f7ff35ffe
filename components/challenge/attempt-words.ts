import { timeText, untilText } from "@/components/ui/time";
import type { Allowance } from "@/lib/codes";
import { hintWords } from "@/lib/doctor";
import type { RefusalDetails } from "@/lib/kernel/result";
import { lineText, type Offer } from "@/lib/line";
import type { MethodFacts } from "@/lib/methods";
import { methodWords } from "@/lib/methods";
import { leadWords } from "@/lib/proof";
import type { AnswerRefusal, AttemptPage } from "@/lib/sign-in";
import { words } from "@/lib/words";
import type { LiveLineFacts } from "./live-line";
import type { NewCodeBudget } from "./new-code-budget";
import type { Way } from "./other-ways";

/** Which code a page wants and where it is: "Open your authenticator app, entry ending K7F2." */
export function whereWords(
  { asked, code, isCountryOff, recoveryCodesLeft, triesLeft, waitsUntil, methodWaitsUntil }: AttemptPage,
  allowance: Allowance | undefined,
  now: Date,
): string {
  const t = words("signIn");
  const halted = haltedWords({ triesLeft, waitsUntil });
  if (halted !== undefined) return halted;
  if (methodWaitsUntil !== undefined) return t("twoStep.methodWaits", { at: timeText(methodWaitsUntil) });
  if (asked.kind === "app") return t("twoStep.where.app", { tag: asked.tag });
  if (asked.kind === "passkey") return t("twoStep.where.passkey");
  if (asked.kind === "recovery-codes")
    return `${t("twoStep.where.recovery-codes")} ${t("twoStep.recoveryLeft", { count: recoveryCodesLeft })}`;
  if (code === undefined && isCountryOff)
    return t("twoStep.where.phone.country-off", { lastDigits: asked.lastDigits });
  if (code === undefined) {
    const none = t(`twoStep.where.phone-${asked.channel}.none`, { lastDigits: asked.lastDigits });
    const when = allowance === undefined ? undefined : againWords(allowance, now);
    return when === undefined ? none : `${none} ${when}`;
  }
  return t("twoStep.where.letter", { letter: code.letter });
}

/** When a code can be sent again, after the sentence that says why none was; undefined where nothing has to be waited for. */
function againWords(allowance: Allowance, now: Date): string | undefined {
  const { waitsUntil, left } = allowance;
  const { waitSeconds } = budgetOf(allowance, now);
  const t = words("line");
  if (waitSeconds !== undefined) return t("budget.wait").replace("#", String(waitSeconds));
  return left === 0 && waitsUntil !== undefined
    ? t("budget.again", { at: untilText(waitsUntil, now) })
    : undefined;
}

/** Why no way at all leads on for now, and what to do; undefined where one does. */
export function haltedWords({
  triesLeft,
  waitsUntil,
}: Pick<AttemptPage, "triesLeft" | "waitsUntil">): string | undefined {
  const t = words("signIn");
  if (waitsUntil !== undefined) return t("twoStep.waits", { at: timeText(waitsUntil) });
  return triesLeft === 0 ? t("twoStep.over") : undefined;
}

/** Whether no answer to what is asked now would be looked at. */
export const isHalted = ({ triesLeft, waitsUntil, methodWaitsUntil }: AttemptPage): boolean =>
  triesLeft === 0 || waitsUntil !== undefined || methodWaitsUntil !== undefined;

/** What happened to the newest code's message, and the next best way; undefined where no code is on its way. */
export function liveLineOf(
  page: AttemptPage,
  at: Pick<LiveLineFacts, "api" | "pageHref">,
): LiveLineFacts | undefined {
  const { asked, code, offer } = page;
  if (code === undefined || asked.kind !== "phone" || isHalted(page)) return undefined;
  const { stage, channel, sentAt } = code.line;
  const { lastDigits } = asked;
  return {
    ...at,
    sent:
      stage === "trying" ? undefined : words("signIn")(`twoStep.sent.${channel}`, { lastDigits, at: sentAt }),
    text: lineText(code.line, { lastDigits }),
    isSettled: code.line.isSettled,
    offer: offer === undefined ? undefined : { ...offerWords(offer, page), isShown: code.line.offersOther },
  };
}

function offerWords(offer: Offer, page: AttemptPage): { way: string; button: string } {
  if (offer.kind === "call") return { way: "call", button: words("line")("offer.call") };
  if (offer.kind === "recovery-codes")
    return { way: "recovery-codes", button: words("signIn")("other.recovery") };
  const method = page.methods.find(({ id }) => id === offer.id);
  return { way: offer.id, button: buttonWords(method?.facts ?? { kind: "recovery-codes" }, page) };
}

/** Why a code is asked, with the day on which trust ended where one did, and what a fresh proof is for. */
export function whyWords({ asked, reason, reasonAt, task }: AttemptPage): string {
  const why = words("signIn")(`why.${reason}`, { at: reasonAt === null ? "" : timeText(reasonAt, "day") });
  if (task === undefined) return why;
  const bound = asked.kind === "phone" ? ` ${words("actions")("bound")}` : "";
  return `${leadWords(task)} ${why}${bound}`;
}

/** Why an answer ended in nothing, and what to do. */
export function answerWords(reason: AnswerRefusal, details: RefusalDetails | undefined): string {
  const t = words("signIn");
  const at = untilText(details?.retryAt);
  switch (reason) {
    case "no-tries-left": {
      const over = t("answer.no-tries-left");
      return details?.hint === undefined ? over : `${hintWords(details.hint)} ${over}`;
    }
    case "gone":
    case "method-gone":
      return t(`answer.${reason}`);
    case "waits":
    case "method-waits":
      return t(`answer.${reason}`, { at });
    default: {
      const said =
        details?.hint === undefined
          ? methodWords.refusal(details?.method ?? "phone", details?.isPlain === true ? "wrong" : reason)
          : hintWords(details.hint);
      const left = details?.triesLeft;
      return left === undefined ? said : `${said} ${t("answer.triesLeft", { count: left })}`;
    }
  }
}

/** Every way of the account, masked, with the words of its button; the recovery codes last. */
export function waysOf(page: AttemptPage, allowance: Allowance | undefined, now: Date): Way[] {
  const t = words("signIn");
  const passkeys = page.methods.filter(({ facts }) => facts.kind === "passkey");
  // The browser's dialog offers all passkeys at once, so one button is enough.
  const offered = page.methods.filter((method) => method.facts.kind !== "passkey" || method === passkeys[0]);
  const ways: Way[] = offered.map(({ id, facts }) => ({
    id,
    name: facts.kind === "passkey" && passkeys.length > 1 ? t("other.passkeys") : methodWords.name(facts),
    button: buttonWords(facts, page),
    ...(isAskedNow(facts, page) && allowance !== undefined ? budgetOf(allowance, now) : {}),
  }));
  if (page.asked.kind === "phone" && page.asked.channel === "text" && page.code !== undefined)
    ways.splice(ways.findIndex(({ button }) => button === t("other.newCode")) + 1, 0, {
      id: "call",
      name: methodWords.name({ ...page.asked, channel: "voice" }),
      button: words("line")("offer.call"),
    });
  if (page.recoveryCodesLeft > 0)
    ways.push({
      id: "recovery-codes",
      name: methodWords.name({ kind: "recovery-codes" }),
      button: t("other.recovery"),
    });
  return ways;
}

const isAskedNow = (facts: MethodFacts, { asked }: Pick<AttemptPage, "asked">): boolean =>
  facts.kind === "phone" &&
  asked.kind === "phone" &&
  asked.lastDigits === facts.lastDigits &&
  asked.channel === facts.channel;

/** How much more may be sent to the phone that is asked, and from when. */
export function budgetOf({ left, waitsUntil }: Allowance, now: Date): NewCodeBudget {
  const t = words("line");
  if (left === 0 && waitsUntil !== undefined)
    return { note: `${t("budget.none")} ${t("budget.again", { at: untilText(waitsUntil, now) })}` };
  const note = t("budget.left", { left });
  if (waitsUntil === undefined || waitsUntil <= now) return { note };
  return { note, waitSeconds: Math.ceil((waitsUntil.getTime() - now.getTime()) / 1000) };
}

function buttonWords(facts: MethodFacts, { asked }: AttemptPage): string {
  const t = words("signIn");
  if (facts.kind === "app") return t("other.app");
  if (facts.kind === "passkey") return t("other.passkey");
  if (facts.kind === "recovery-codes") return t("other.recovery");
  if (isAskedNow(facts, { asked })) return t("other.newCode");
  return t(facts.channel === "text" ? "other.text" : "other.voice");
}
