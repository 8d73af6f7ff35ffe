import "server-only";
import { maskedEmail } from "@/lib/accounts";
import { eventSentence } from "@/lib/activity";
import type { Visit } from "@/lib/kernel/visit";
import { thingWords, waysWords } from "@/lib/lockout";
import type { AskedAtDesk } from "@/lib/sign-in";
import { listWords, words } from "@/lib/words";
import { addAgent, agentsAtDesk, askToAddAgent, removeAgent } from "./agents";
import { codeRefused, granted, wrongUse } from "./ending";
import { approve, askToApprove, askToCarryOut, carryOut, listRequests, refuseRequest, request } from "./flow";
import { findAtDesk, lockoutAtDesk, timelineAtDesk } from "./looks";
import type { Person } from "./person";
import { caseText, doneText, lines, personText, requestText } from "./printed";
import { isRequestKind, maskedCase, needsCase, plainLines, plainText } from "./rules";
import { giveStep } from "./steps";
import type { AtDesk } from "./way-in";

/** What the tool runs in: a terminal, or lines that are piped into it. */
export type DeskTerminal = {
  out(text: string): void;
  err(text: string): void;
  /** Asks for one line; what is typed is never shown. Undefined at the end of the input. */
  ask(question: string, isShown: boolean): Promise<string | undefined>;
  /** Where the desk session is kept between two commands. */
  readonly session: { read(): string | undefined; keep(token: string): void; drop(): void };
  /** Who calls the tool on this machine: a sign-in is of no use in other hands (docs/desk.md). */
  readonly caller: string;
  now(): Date;
};

/** What was typed behind a command. */
export type Given = {
  readonly positionals: readonly string[];
  readonly because: string;
  readonly name: string;
  readonly case: string | undefined;
  readonly limit: number;
};

/** What a command answers: lines for people, and the same as data for `--json`. */
export type Answered = { readonly text: string; readonly data: unknown };

/** Where a command runs: who is signed in, and their terminal. */
type Here = { readonly desk: AtDesk; readonly terminal: DeskTerminal };

/** One command of somebody who has signed in. */
export type Run = (given: Given, here: Here) => Promise<Answered>;

const t = words("desk");

/** The desk is on the site's own machine: what it does is from here, now, and says so. */
export const visitOf = (terminal: DeskTerminal): Visit => ({
  now: terminal.now(),
  address: "127.0.0.1",
  browser: t("browser"),
});

/** Asks for a code of the agent's own, and says where it is from. */
export async function askCode(terminal: DeskTerminal, { tag }: AskedAtDesk): Promise<string> {
  const question = tag === undefined ? t("ask.recovery") : t("ask.code", { tag: tag === "" ? "none" : tag });
  const answer = await terminal.ask(`${question} `, false);
  if (answer === undefined) throw wrongUse("no-input");
  return answer;
}

/** A code for this one step; what it is about stands above the question. */
async function confirm({ desk, terminal }: Here, asked: AskedAtDesk, about: string): Promise<void> {
  terminal.err(plainLines(about));
  const answer = await askCode(terminal, asked);
  const given = await giveStep(desk, { attemptToken: asked.attemptToken, answer }, visitOf(terminal));
  if (!given.ok) throw codeRefused(given);
}

/** One argument, or the end of the command. */
function only(given: Given): string {
  const [first, ...more] = given.positionals;
  if (first === undefined || more.length > 0) throw wrongUse();
  return first;
}

/** No argument, or the end of the command. */
export function none(given: Given): void {
  if (given.positionals.length > 0) throw wrongUse();
}

/** Every command of somebody who has signed in. None of them takes protection away. */
export const commands = {
  whoami: async (given, { desk }) => {
    none(given);
    const role = desk.isOwner ? "owner" : "agent";
    const { name, until } = desk;
    return { text: t("out.whoami", { name, role, until }), data: { name, role, until } };
  },
  find: async (given, { desk, terminal }) => {
    const found = granted(await findAtDesk(desk, only(given), visitOf(terminal)));
    const { recoveries, requests } = found;
    const isHidden = recoveries.some(({ caseNumber }) => caseNumber === maskedCase(caseNumber));
    const under = [
      ...recoveries.map(caseText),
      ...(isHidden ? [t("out.ask-case")] : []),
      ...requests.map(requestText),
    ];
    return {
      text: lines(
        personText(found.person),
        ...(under.length === 0 ? [t("out.nothing")] : under),
        t("out.seen"),
      ),
      data: withoutId(found),
    };
  },
  timeline: async (given, { desk, terminal }) => {
    const found = granted(await timelineAtDesk(desk, only(given), given.limit, visitOf(terminal)));
    const events = found.events.map((event) => ({
      at: event.at,
      sentence: eventSentence(event),
      from: [event.browser, event.address].filter((part) => part !== "").join(", "),
    }));
    const text = events.map(({ at, sentence, from }) =>
      [t("out.event.at", { at }), plainText(sentence), plainText(from)]
        .filter((part) => part !== "")
        .join("  "),
    );
    return {
      text: lines(personText(found.person), t("out.as-read"), ...text, t("out.seen")),
      data: { ...withoutId(found), events },
    };
  },
  lockout: async (given, { desk, terminal }) => {
    const { person, losses, methods } = granted(await lockoutAtDesk(desk, only(given), visitOf(terminal)));
    const rows = losses.map((loss) => ({
      thing: thingWords(loss, methods),
      verdict: loss.verdict,
      ways: waysWords(loss, methods),
    }));
    const text = rows.map(({ thing, verdict, ways }) =>
      plainText(
        t("out.loss", { thing, ways: verdict === "out" ? t("out.out") : listWords(ways, "disjunction") }),
      ),
    );
    const map = text.length === 0 ? [t("out.no-losses")] : [t("out.as-read"), ...text];
    return {
      text: lines(personText(person), ...map, t("out.seen")),
      data: { ...withoutId({ person }), losses: rows },
    };
  },
  request: async (given, { desk, terminal }) => {
    const [kind, ...rest] = given.positionals;
    if (kind === undefined) throw wrongUse();
    if (!isRequestKind(kind)) throw wrongUse("no-kind", kind);
    if (given.case !== undefined && !needsCase(kind)) throw wrongUse("case-unneeded");
    const who = only({ ...given, positionals: rest });
    const wanted = { kind, who, note: given.because, caseNumber: given.case };
    const asked = granted(await request(desk, wanted, visitOf(terminal)));
    return { text: t("out.requested", { id: asked.id }), data: asked };
  },
  requests: async (given, { desk, terminal }) => {
    none(given);
    const open = granted(await listRequests(desk, visitOf(terminal).now));
    const text = open.length === 0 ? t("out.no-requests") : lines(...open.map(requestText));
    return { text, data: { requests: open } };
  },
  approve: async (given, { desk, terminal }) => {
    const [number, email, ...more] = given.positionals;
    if (number === undefined || email === undefined || more.length > 0) throw wrongUse();
    const asked = granted(await askToApprove(desk, number, email, visitOf(terminal)));
    await confirm({ desk, terminal }, asked, requestText(asked.request));
    const approved = granted(await approve(desk, asked.request.id, visitOf(terminal)));
    const { id, requester } = approved;
    return { text: t("out.approved", { id, requester }), data: approved };
  },
  refuse: async (given, { desk, terminal }) => {
    const ended = granted(await refuseRequest(desk, only(given), visitOf(terminal)));
    return { text: t("out.refused", { id: ended.id }), data: ended };
  },
  "carry-out": async (given, { desk, terminal }) => {
    const asked = granted(await askToCarryOut(desk, only(given), visitOf(terminal)));
    await confirm({ desk, terminal }, asked, requestText(asked.request));
    const done = granted(await carryOut(desk, asked.request.id, visitOf(terminal)));
    return { text: doneText(done), data: done };
  },
  agents: async (given, { desk, terminal }) => {
    const [what, ...positionals] = given.positionals;
    if (what === "list") {
      none({ ...given, positionals });
      const agents = (await agentsAtDesk()).map(({ name, email, addedAt, isOn }) => ({
        name,
        email: maskedEmail(email),
        addedAt,
        isOn,
      }));
      const text = agents.map(({ name, email, addedAt, isOn }) =>
        [plainText(name), email, t("out.agent.since", { at: addedAt, on: isOn ? "yes" : "no" })].join("  "),
      );
      return { text: text.length === 0 ? t("out.no-agents") : lines(...text), data: { agents } };
    }
    const email = only({ ...given, positionals });
    if (what === "add") {
      const asked = granted(await askToAddAgent(desk, email, visitOf(terminal)));
      await confirm({ desk, terminal }, asked, t("out.agent-to-add", { email }));
      const wanted = { email, name: given.name };
      const { name, addedAt } = granted(await addAgent(desk, wanted, visitOf(terminal)));
      const shown = { name, email: maskedEmail(email) };
      return { text: t("out.agent-added", shown), data: { ...shown, addedAt } };
    }
    if (what !== "remove") throw wrongUse();
    granted(await removeAgent(desk, email, visitOf(terminal)));
    return { text: t("out.agent-removed"), data: { email: maskedEmail(email) } };
  },
} satisfies Record<string, Run>;

// Nobody outside the site needs an account's id.
function withoutId<T extends { readonly person: Person }>(found: T) {
  const { id: _id, ...person } = found.person;
  return { ...found, person };
}
