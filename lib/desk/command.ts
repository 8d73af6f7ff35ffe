import "server-only";
import { parseArgs } from "node:util";
import { maskedEmail } from "@/lib/accounts";
import { eventSentence } from "@/lib/activity";
import { numbers } from "@/lib/kernel/numbers";
import type { RefusalDetails } from "@/lib/kernel/result";
import { siteUrl } from "@/lib/kernel/site";
import type { Visit } from "@/lib/kernel/visit";
import { thingWords, waysWords } from "@/lib/lockout";
import { type Key, listWords, words } from "@/lib/words";
import {
  type AgentReason,
  type AskReason,
  type AtDesk,
  addAgent,
  agentsAtDesk,
  approve,
  askAtDesk,
  type Case,
  carryOut,
  enterDesk,
  findAtDesk,
  type LookReason,
  leaveDesk,
  listRequests,
  lockoutAtDesk,
  type Person,
  type RefuseReason,
  type Request,
  readDesk,
  refuseRequest,
  removeAgent,
  request,
  timelineAtDesk,
} from "./flow";
import { type ApproveReason, type CarryOutReason, isRequestKind, plainText, type RequestKind } from "./rules";

/** How the tool ends; docs/desk.md lists them. */
export const deskExit = { done: 0, refused: 1, wrongUse: 2, notSignedIn: 3, trouble: 4 } as const;

/** What the tool runs in: a terminal, or lines that are piped into it. */
export type DeskTerminal = {
  out(text: string): void;
  err(text: string): void;
  /** Asks for one line; what is typed is never shown. Undefined at the end of the input. */
  ask(question: string, isShown: boolean): Promise<string | undefined>;
  /** Where the desk session is kept between two commands. */
  readonly session: { read(): string | undefined; keep(token: string): void; drop(): void };
  now(): Date;
};

type Reason =
  | LookReason
  | AskReason
  | ApproveReason
  | RefuseReason
  | CarryOutReason
  | AgentReason
  | "busy"
  | "wrong-password"
  | "code"
  | "waits"
  | "not-signed-in"
  | "wrong-use";

const refusedKeys = {
  "wrong-password": "refused.wrong-password",
  "not-an-agent": "refused.not-an-agent",
  off: "refused.off",
  limit: "refused.limit",
  busy: "refused.busy",
  code: "refused.code",
  waits: "refused.waits",
  nobody: "refused.nobody",
  "own-account": "refused.own-account",
  "note-missing": "refused.note-missing",
  "already-asked": "refused.already-asked",
  "no-request": "refused.no-request",
  "own-request": "refused.own-request",
  "no-recovery": "refused.no-recovery",
  "recovery-already": "refused.recovery-already",
  "requester-gone": "refused.requester-gone",
  "approver-gone": "refused.approver-gone",
  "already-approved": "refused.already-approved",
  "not-approved": "refused.not-approved",
  "others-request": "refused.others-request",
  "carried-out": "refused.carried-out",
  ended: "refused.ended",
  expired: "refused.expired",
  "not-the-owner": "refused.not-the-owner",
  "needs-app": "refused.needs-app",
  "owner-is-no-agent": "refused.owner-is-no-agent",
  already: "refused.already",
  "not-there": "refused.not-there",
  "not-signed-in": "refused.not-signed-in",
  "wrong-use": "refused.wrong-use",
} as const satisfies Record<Reason, Key<"desk">>;

/** Ends a command: what is said, and how the tool ends. */
class Ending extends Error {
  constructor(
    readonly reason: Reason,
    readonly details: RefusalDetails | undefined,
    readonly exit: number,
  ) {
    super(reason);
  }
}

const refusedWith = (refusal: { readonly reason: Reason; readonly details?: RefusalDetails }): Ending =>
  new Ending(refusal.reason, refusal.details, deskExit.refused);

/** What a flow granted; a refusal ends the command. */
function granted<T>(
  result:
    | { readonly ok: true; readonly value: T }
    | { readonly ok: false; readonly reason: Reason; readonly details?: RefusalDetails },
): T {
  if (result.ok) return result.value;
  throw refusedWith(result);
}

type Given = {
  readonly positionals: readonly string[];
  readonly because: string;
  readonly name: string;
  readonly limit: number;
};

/** What a command answers: lines for people, and the same as data for `--json`. */
type Answered = { readonly text: string; readonly data: unknown };

type Run = (given: Given, desk: AtDesk, visit: Visit) => Promise<Answered>;

const t = words("desk");

/** Columns of a terminal: what belongs to one thing stands under its first line. */
const columns = (first: string, ...rest: readonly string[]): string =>
  [first, ...rest].map((line, place) => (place === 0 ? line : `${" ".repeat(10)}${line}`)).join("\n");

const requestText = ({ kind, state, ...shown }: Request): string =>
  columns(
    `${shown.id}  ${t("out.request.what", { what: t(`what.${kind}`), email: shown.email })}`,
    t(`state.${state}`, {
      until: shown.expiresAt,
      approver: shown.approver ?? "",
      requester: shown.requester,
    }),
    t("out.request.by", { requester: shown.requester, at: shown.createdAt, note: shown.note }),
  );

/** What is said of a request that was carried out. */
const doneKeys = {
  "access-pass": "out.pass",
  "recovery-start": "out.recovery-start",
  "support-check": "out.support-check",
  "recovery-stop": "out.recovery-stop",
} as const satisfies Record<RequestKind, Key<"desk">>;

const caseText = ({ caseNumber, state, readyAt }: Case): string =>
  t(`case.${state}`, { case: caseNumber, ready: readyAt ?? new Date(0) });

const personText = (person: Person): string =>
  t("out.person", { email: person.email, on: person.isTwoStepOn ? "yes" : "no" });

const lines = (...parts: readonly string[]): string => parts.join("\n");

/** One argument, or the end of the command. */
function only(given: Given): string {
  const [first, ...more] = given.positionals;
  if (first === undefined || more.length > 0) throw new Ending("wrong-use", undefined, deskExit.wrongUse);
  return first;
}

function none(given: Given): void {
  if (given.positionals.length > 0) throw new Ending("wrong-use", undefined, deskExit.wrongUse);
}

/** Every command of somebody who has signed in. None of them takes protection away. */
const commands = {
  whoami: async (given, desk) => {
    none(given);
    const role = desk.isOwner ? "owner" : "agent";
    const { name, until } = desk;
    return { text: t("out.whoami", { name, role, until }), data: { name, role, until } };
  },
  find: async (given, desk, visit) => {
    const found = granted(await findAtDesk(desk, only(given), visit));
    const { recovery, requests } = found;
    const under = [...(recovery === undefined ? [] : [caseText(recovery)]), ...requests.map(requestText)];
    return {
      text: lines(
        personText(found.person),
        ...(under.length === 0 ? [t("out.nothing")] : under),
        t("out.seen"),
      ),
      data: withoutId(found),
    };
  },
  timeline: async (given, desk, visit) => {
    const found = granted(await timelineAtDesk(desk, only(given), given.limit, visit));
    const events = found.events.map((event) => ({
      at: event.at,
      sentence: eventSentence(event),
      from: [event.browser, event.address].filter((part) => part !== "").join(", "),
    }));
    const text = events.map(({ at, sentence, from }) =>
      [t("out.event.at", { at }), sentence, from].filter((part) => part !== "").join("  "),
    );
    return {
      text: lines(personText(found.person), ...text, t("out.seen")),
      data: { ...withoutId(found), events },
    };
  },
  lockout: async (given, desk, visit) => {
    const { person, losses, methods } = granted(await lockoutAtDesk(desk, only(given), visit));
    const rows = losses.map((loss) => ({
      thing: thingWords(loss, methods),
      verdict: loss.verdict,
      ways: waysWords(loss, methods),
    }));
    const text = rows.map(({ thing, verdict, ways }) =>
      t("out.loss", { thing, ways: verdict === "out" ? t("out.out") : listWords(ways, "disjunction") }),
    );
    return {
      text: lines(personText(person), ...(text.length === 0 ? [t("out.no-losses")] : text), t("out.seen")),
      data: { ...withoutId({ person }), losses: rows },
    };
  },
  request: async (given, desk, visit) => {
    const [kind = "", ...rest] = given.positionals;
    if (!isRequestKind(kind)) throw new Ending("wrong-use", undefined, deskExit.wrongUse);
    const who = only({ ...given, positionals: rest });
    const asked = granted(await request(desk, { kind, who, note: given.because }, visit));
    return { text: t("out.requested", { id: asked.id }), data: asked };
  },
  requests: async (given, desk, visit) => {
    none(given);
    const open = granted(await listRequests(desk, visit.now));
    const text = open.length === 0 ? t("out.no-requests") : lines(...open.map(requestText));
    return { text, data: { requests: open } };
  },
  approve: async (given, desk, visit) => {
    const approved = granted(await approve(desk, only(given), visit));
    const { id, requester } = approved;
    return { text: t("out.approved", { id, requester }), data: approved };
  },
  refuse: async (given, desk, visit) => {
    const ended = granted(await refuseRequest(desk, only(given), visit));
    return { text: t("out.refused", { id: ended.id }), data: ended };
  },
  "carry-out": async (given, desk, visit) => {
    const done = granted(await carryOut(desk, only(given), visit));
    const text =
      done.pass === undefined
        ? t(doneKeys[done.request.kind], { case: done.caseNumber ?? "" })
        : t("out.pass", { pass: done.pass.text, until: done.pass.until, url: siteUrl() });
    return { text, data: done };
  },
  agents: async (given, desk, visit) => {
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
        [name, email, t("out.agent.since", { at: addedAt, on: isOn ? "yes" : "no" })].join("  "),
      );
      return { text: text.length === 0 ? t("out.no-agents") : lines(...text), data: { agents } };
    }
    const email = only({ ...given, positionals });
    if (what === "add") {
      const { name, addedAt } = granted(await addAgent(desk, { email, name: given.name }, visit));
      const shown = { name, email: maskedEmail(email) };
      return { text: t("out.agent-added", shown), data: { ...shown, addedAt } };
    }
    if (what !== "remove") throw new Ending("wrong-use", undefined, deskExit.wrongUse);
    granted(await removeAgent(desk, email, visit));
    return { text: t("out.agent-removed"), data: { email: maskedEmail(email) } };
  },
} satisfies Record<string, Run>;

// Nobody outside the site needs an account's id.
function withoutId<T extends { readonly person: Person }>(found: T) {
  const { id: _id, ...person } = found.person;
  return { ...found, person };
}

const names = ["sign-in", "sign-out", ...(Object.keys(commands) as (keyof typeof commands)[])] as const;
type Name = (typeof names)[number];

const isName = (text: string | undefined): text is Name => names.some((name) => name === text);

const options = [
  ["--json", "json"],
  ["--session FILE", "session"],
  ["--help", "help"],
] as const;

/** Two columns: what to type, and what it does. */
function table(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join("\n");
}

const usage = (): string =>
  t("usage", {
    commands: table(names.map((name) => [name, t(`command.${name}.what`)])),
    options: table(options.map(([option, key]) => [option, t(`option.${key}`)])),
  });

const helpOf = (name: Name): string =>
  t(`command.${name}.help`, { max: numbers.desk.timeline.max, url: siteUrl() });

/** The options of the tool; undefined where one is not known or not what it should be. */
function read(args: readonly string[]) {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        help: { type: "boolean", short: "h" },
        json: { type: "boolean" },
        because: { type: "string" },
        name: { type: "string" },
        limit: { type: "string" },
      },
    });
    const limit = Number(values.limit ?? numbers.desk.timeline.shown);
    if (!Number.isInteger(limit) || limit < 1 || limit > numbers.desk.timeline.max) return undefined;
    return { ...values, limit, positionals };
  } catch {
    return undefined;
  }
}

/** Runs one command of the support desk, and says how the tool ends. */
export async function runDesk(args: readonly string[], terminal: DeskTerminal): Promise<number> {
  const given = read(args);
  const name = given?.positionals[0];
  if (given?.help === true || (given !== undefined && name === undefined)) {
    terminal.out(isName(name) ? helpOf(name) : usage());
    return given.help === true ? deskExit.done : deskExit.wrongUse;
  }
  if (given === undefined || !isName(name)) {
    terminal.err(t("refused.wrong-use"));
    terminal.err(usage());
    return deskExit.wrongUse;
  }
  const say = ({ text, data }: Answered): void =>
    terminal.out(
      given.json === true ? JSON.stringify(data, undefined, 2) : text.split("\n").map(plainText).join("\n"),
    );
  const asked: Given = {
    positionals: given.positionals.slice(1),
    because: given.because ?? "",
    name: given.name ?? "",
    limit: given.limit,
  };
  try {
    if (name === "sign-in") say(await signIn(asked, terminal));
    else if (name === "sign-out") say(await signOut(asked, terminal));
    else {
      const visit = visitOf(terminal);
      const desk = await readDesk(terminal.session.read(), visit.now);
      if (desk === undefined) throw new Ending("not-signed-in", undefined, deskExit.notSignedIn);
      const run: Run = commands[name];
      say(await run(asked, desk, visit));
    }
    return deskExit.done;
  } catch (error) {
    if (!(error instanceof Ending)) throw error;
    const at = error.details?.retryAt ?? terminal.now();
    terminal.err(t(refusedKeys[error.reason], { at }));
    if (error.exit === deskExit.wrongUse) terminal.err(helpOf(name));
    return error.exit;
  }
}

// The desk is on the site's own machine: what it does is from here, and says so.
const visitOf = (terminal: DeskTerminal): Visit => ({
  now: terminal.now(),
  address: "127.0.0.1",
  browser: t("browser"),
});

async function signIn(given: Given, terminal: DeskTerminal): Promise<Answered> {
  none(given);
  const email = await terminal.ask(`${t("ask.email")} `, true);
  const password = await terminal.ask(`${t("ask.password")} `, false);
  if (email === undefined || password === undefined)
    throw new Ending("wrong-use", undefined, deskExit.wrongUse);
  const begun = granted(await askAtDesk({ email, password }, visitOf(terminal)));
  const question =
    begun.tag === undefined
      ? t("ask.recovery")
      : t("ask.code", { tag: begun.tag === "" ? "none" : begun.tag });
  const answer = await terminal.ask(`${question} `, false);
  if (answer === undefined) throw new Ending("wrong-use", undefined, deskExit.wrongUse);
  const entered = await enterDesk({ attemptToken: begun.attemptToken, answer }, visitOf(terminal));
  if (!entered.ok)
    throw refusedWith({
      reason: entered.reason === "waits" ? "waits" : "code",
      details: entered.details,
    });
  const { token, until } = entered.value;
  const desk = await readDesk(token, terminal.now());
  if (desk === undefined) throw refusedWith({ reason: "not-an-agent" });
  terminal.session.keep(token);
  return { text: t("out.signed-in", { name: desk.name, until }), data: { name: desk.name, until } };
}

async function signOut(given: Given, terminal: DeskTerminal): Promise<Answered> {
  none(given);
  const token = terminal.session.read();
  if (token !== undefined) await leaveDesk(token);
  terminal.session.drop();
  return { text: t("out.signed-out"), data: {} };
}
