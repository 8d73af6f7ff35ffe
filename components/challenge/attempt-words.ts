import { timeText } from "@/components/ui/time";
import type { RefusalDetails } from "@/lib/kernel/result";
import type { MethodFacts } from "@/lib/methods";
import { methodWords } from "@/lib/methods";
import type { AnswerRefusal, AttemptPage } from "@/lib/sign-in";
import { words } from "@/lib/words";
import type { Way } from "./other-ways";

/** Which code a page wants and where it is: "We texted a code to the number ending 42 at 10:32 UTC." */
export function whereWords({ asked, code, recoveryCodesLeft, waitsUntil }: AttemptPage): string {
  const t = words("signIn");
  if (waitsUntil !== undefined) return t("twoStep.waits", { at: timeText(waitsUntil) });
  if (asked.kind === "app") return t("twoStep.where.app", { tag: asked.tag });
  if (asked.kind === "recovery-codes")
    return `${t("twoStep.where.recovery-codes")} ${t("twoStep.recoveryLeft", { count: recoveryCodesLeft })}`;
  const way = `twoStep.where.phone-${asked.channel}` as const;
  if (code === undefined) return t(`${way}.none`, { lastDigits: asked.lastDigits });
  const values = { lastDigits: asked.lastDigits, letter: code.letter, at: timeText(code.sentAt, "clock") };
  if (code.state === "queued") return t(`${way}.trying`, values);
  if (code.state === "failed" || code.state === "expired") return t(`${way}.failed`, values);
  return t(way, values);
}

/** Why a code is asked, with the day on which trust ended where one did. */
export const whyWords = ({ reason, trustEndedAt }: AttemptPage): string =>
  words("signIn")(`why.${reason}`, { at: trustEndedAt === null ? "" : timeText(trustEndedAt, "day") });

/** Why an answer ended in nothing, and what to do. */
export function answerWords(reason: AnswerRefusal, details: RefusalDetails | undefined): string {
  const t = words("signIn");
  const at = details?.retryAt === undefined ? "" : timeText(details.retryAt);
  switch (reason) {
    case "gone":
    case "no-tries-left":
    case "method-gone":
      return t(`answer.${reason}`);
    case "waits":
      return t("answer.waits", { at });
    default: {
      const said = methodWords.refusal(details?.method ?? "phone", reason);
      const left = details?.triesLeft;
      return left === undefined ? said : `${said} ${t("answer.triesLeft", { count: left })}`;
    }
  }
}

/** Every way of the account, masked, with the words of its button; the recovery codes last. */
export function waysOf(page: AttemptPage): Way[] {
  const t = words("signIn");
  const ways: Way[] = page.methods.map(({ id, facts }) => ({
    id,
    name: methodWords.name(facts),
    button: buttonWords(facts, page),
  }));
  if (page.recoveryCodesLeft > 0)
    ways.push({
      id: "recovery-codes",
      name: methodWords.name({ kind: "recovery-codes" }),
      button: t("other.recovery"),
    });
  return ways;
}

function buttonWords(facts: MethodFacts, { asked }: AttemptPage): string {
  const t = words("signIn");
  if (facts.kind === "app") return t("other.app");
  if (facts.kind === "recovery-codes") return t("other.recovery");
  const isAskedNow =
    asked.kind === "phone" && asked.lastDigits === facts.lastDigits && asked.channel === facts.channel;
  if (isAskedNow) return t("other.newCode");
  return t(facts.channel === "text" ? "other.text" : "other.voice");
}
