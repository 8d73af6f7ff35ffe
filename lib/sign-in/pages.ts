/** What the pages of an open attempt show. Nothing here writes anything. */
import "server-only";
import { type Allowance, allowanceOf, isSwitchedOff } from "@/lib/codes";
import type { Visit } from "@/lib/kernel/visit";
import { type CodeLine, lineOfCode, nextBest, type Offer, type OtherWay } from "@/lib/line";
import { challengeOf, challengeOfTry, describeMethod, type MethodFacts, requestOptions } from "@/lib/methods";
import type { TaskFacts } from "@/lib/proof";
import { bindingOf, factsOf, openAttemptOf, subjectOf } from "./codes";
import type { Purpose } from "./posts";
import type { AskReason } from "./rules";
import type { AttemptView } from "./store/attempts";
import { mayOfferTrust, openRows, type Usable } from "./usable";

/** What the pages of an open attempt show; every method masked. */
export type AttemptPage = {
  readonly asked: MethodFacts;
  readonly methods: readonly { readonly id: string; readonly facts: MethodFacts }[];
  readonly reason: AskReason;
  /** When that came about, where a moment belongs to it. */
  readonly reasonAt: Date | null;
  /** What a fresh proof is asked for. */
  readonly task: TaskFacts | undefined;
  readonly triesLeft: number;
  /** Set while no answer is looked at. */
  readonly waitsUntil: Date | undefined;
  /** Set while none of the method that is asked is; the others are. */
  readonly methodWaitsUntil: Date | undefined;
  /** The newest code of the method that is asked, if one was sent, and what became of its message. */
  readonly code: CodeLine | undefined;
  /** The settings send nothing to the phone that is asked. */
  readonly isCountryOff: boolean;
  /** What to offer when that code does not come. */
  readonly offer: Offer | undefined;
  readonly recoveryCodesLeft: number;
  readonly mayOfferTrust: boolean;
  /** What the browser's dialog is asked, where a passkey is: any of the account's, with the challenge of this try. */
  readonly passkeyOptions: ReturnType<typeof requestOptions> | undefined;
};

/** An open attempt with its methods opened, once for everything that a page shows of them. */
type Opened = {
  readonly attempt: AttemptView;
  readonly purpose: Purpose;
  readonly methods: readonly (Usable & { readonly facts: MethodFacts })[];
  /** Of `methods`; undefined for the recovery codes. */
  readonly asked: Opened["methods"][number] | undefined;
  /** Where its code is sent, where it is one that is sent. */
  readonly delivery: ReturnType<typeof challengeOf>;
};

async function openedAttempt(
  token: string | undefined,
  purpose: Purpose,
  sessionId: string | null,
  now: Date,
): Promise<Opened | undefined> {
  const attempt = await openAttemptOf(token, purpose, sessionId, now);
  if (attempt === undefined) return undefined;
  const methods = openRows(attempt.methods, attempt.accountId).map((method) => ({
    ...method,
    facts: describeMethod(method),
  }));
  const asked = methods.find(({ id }) => id === attempt.methodId);
  return { attempt, purpose, methods, asked, delivery: asked === undefined ? null : challengeOf(asked) };
}

/** Reads an open attempt for its pages; undefined when it is over. Writes nothing. */
export async function viewAttempt(
  token: string | undefined,
  purpose: Purpose,
  sessionId: string | null,
  now: Date,
): Promise<AttemptPage | undefined> {
  const opened = await openedAttempt(token, purpose, sessionId, now);
  return opened === undefined ? undefined : pageOf(opened, now);
}

async function pageOf(
  { attempt, purpose, methods, asked, delivery }: Opened,
  now: Date,
): Promise<AttemptPage> {
  const code = lineOfCode(attempt.code, now);
  const others: OtherWay[] = methods.flatMap(({ id, facts }) =>
    id === attempt.methodId || facts.kind === "recovery-codes" || facts.kind === "passkey"
      ? []
      : [{ ...facts, id }],
  );
  if (attempt.recoveryCodesLeft > 0) others.push({ kind: "recovery-codes" });
  return {
    asked: asked?.facts ?? { kind: "recovery-codes" },
    methods: methods.map(({ id, facts }) => ({ id, facts })),
    reason: attempt.reason as AskReason,
    reasonAt: attempt.reasonAt,
    task: attempt.sessionId === null ? undefined : factsOf(attempt.action, await subjectOf(attempt, methods)),
    triesLeft: attempt.tries,
    waitsUntil: attempt.lockedUntil !== null && attempt.lockedUntil > now ? attempt.lockedUntil : undefined,
    methodWaitsUntil: asked?.waitsUntil != null && asked.waitsUntil > now ? asked.waitsUntil : undefined,
    code,
    isCountryOff: delivery !== null && isSwitchedOff(delivery.to),
    offer: code === undefined ? undefined : nextBest(code.line, others),
    recoveryCodesLeft: attempt.recoveryCodesLeft,
    mayOfferTrust: mayOfferTrust(asked?.kind ?? "recovery-codes"),
    passkeyOptions:
      asked?.kind === "passkey"
        ? requestOptions(
            challengeOfTry({
              ownerId: attempt.id,
              accountId: attempt.accountId,
              purpose,
              triesLeft: attempt.tries,
            }),
            methods.flatMap((method) => (method.kind === "passkey" ? [method.data] : [])),
          )
        : undefined,
  };
}

type ViewWithAllowance = { readonly page: AttemptPage; readonly allowance: Allowance | undefined };

/** Reads an open attempt for the page of other ways, with what may still be sent by the phone that is asked. */
export async function viewOtherWays(
  token: string | undefined,
  purpose: Purpose,
  sessionId: string | null,
  visit: Visit,
): Promise<ViewWithAllowance | undefined> {
  return viewWithAllowance(token, purpose, sessionId, visit, () => true);
}

/** Reads an open attempt for the page of its code; where none could be sent, with when the next one can. */
export async function viewCodePage(
  token: string | undefined,
  purpose: Purpose,
  sessionId: string | null,
  visit: Visit,
): Promise<ViewWithAllowance | undefined> {
  return viewWithAllowance(token, purpose, sessionId, visit, ({ code }) => code === undefined);
}

async function viewWithAllowance(
  token: string | undefined,
  purpose: Purpose,
  sessionId: string | null,
  visit: Visit,
  isWanted: (page: AttemptPage) => boolean,
): Promise<ViewWithAllowance | undefined> {
  const opened = await openedAttempt(token, purpose, sessionId, visit.now);
  if (opened === undefined) return undefined;
  const page = await pageOf(opened, visit.now);
  if (opened.delivery === null || !isWanted(page)) return { page, allowance: undefined };
  const binding = bindingOf({ ...opened.attempt, purpose }, opened.delivery.to);
  return { page, allowance: await allowanceOf(binding, visit) };
}
