import "server-only";
import { parseArgs } from "node:util";
import { numbers } from "@/lib/kernel/numbers";
import { siteUrl } from "@/lib/kernel/site";
import { words } from "@/lib/words";
import {
  type Answered,
  askCode,
  commands,
  type DeskTerminal,
  type Given,
  none,
  type Run,
  visitOf,
} from "./commands";
import { codeRefused, deskExit, Ending, granted, refusedKeys, refusedWith, wrongUse } from "./ending";
import { table } from "./printed";
import { plainJson, plainLines } from "./rules";
import { type AtDesk, askAtDesk, enterDesk, leaveDesk, readDesk } from "./way-in";

const t = words("desk");

const names = ["sign-in", "sign-out", ...(Object.keys(commands) as (keyof typeof commands)[])] as const;
type Name = (typeof names)[number];

const isName = (text: string | undefined): text is Name => names.some((name) => name === text);

const options = [
  ["--json", "json"],
  ["--session FILE", "session"],
  ["--help", "help"],
] as const;

const usage = (): string =>
  t("usage", {
    commands: table(names.map((name) => [name, t(`command.${name}.what`)])),
    options: table(options.map(([option, key]) => [option, t(`option.${key}`)])),
  });

const helpOf = (name: Name): string =>
  t(`command.${name}.help`, { max: numbers.desk.timeline.max, url: siteUrl() });

/** What was typed, taken apart. @throws Ending when an option is not known, or not what it should be. */
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
        case: { type: "string" },
        limit: { type: "string" },
      },
    });
    const limit = Number(values.limit ?? numbers.desk.timeline.shown);
    if (!Number.isInteger(limit) || limit < 1 || limit > numbers.desk.timeline.max)
      throw wrongUse("limit-range");
    return { ...values, limit, positionals };
  } catch (error) {
    if (error instanceof Ending) throw error;
    // parseArgs names the option in its message alone.
    throw wrongUse("no-option", /'(?:-\w, )?(-{1,2}[^\s'=]+)/.exec(String(error))?.[1]);
  }
}

/** Runs one command of the support desk, and says how the tool ends. */
export async function runDesk(args: readonly string[], terminal: DeskTerminal): Promise<number> {
  let name: Name | undefined;
  let desk: AtDesk | undefined;
  try {
    name = args.find(isName);
    const given = read(args);
    const [typed] = given.positionals;
    name = isName(typed) ? typed : undefined;
    if (given.help === true || typed === undefined) {
      terminal.out(name === undefined ? usage() : helpOf(name));
      return given.help === true ? deskExit.done : deskExit.wrongUse;
    }
    if (name === undefined) throw wrongUse("no-command", typed);
    const asked: Given = {
      positionals: given.positionals.slice(1),
      because: given.because ?? "",
      name: given.name ?? "",
      case: given.case,
      limit: given.limit,
    };
    let answered: Answered;
    if (name === "sign-in") answered = await signIn(asked, terminal);
    else if (name === "sign-out") answered = await signOut(asked, terminal);
    else {
      desk = await readDesk(terminal.session.read(), terminal.caller, visitOf(terminal));
      if (desk === undefined) throw new Ending("not-signed-in", undefined, deskExit.notSignedIn);
      const run: Run = commands[name];
      answered = await run(asked, { desk, terminal });
    }
    const { text, data } = answered;
    terminal.out(given.json === true ? plainJson(data) : plainLines(text));
    return deskExit.done;
  } catch (error) {
    if (!(error instanceof Ending)) throw error;
    const at = error.details?.retryAt ?? terminal.now();
    const { max } = numbers.desk.timeline;
    // Whoever names the agents is told that, and not that they should be named.
    const reason =
      error.reason === "not-an-agent" && desk?.isOwner === true ? "owner-is-no-agent" : error.reason;
    terminal.err(plainLines(t(refusedKeys[reason], { at, max, about: error.about })));
    if (error.exit === deskExit.wrongUse) terminal.err(name === undefined ? usage() : helpOf(name));
    return error.exit;
  }
}

async function signIn(given: Given, terminal: DeskTerminal): Promise<Answered> {
  none(given);
  const email = await terminal.ask(`${t("ask.email")} `, true);
  const password = await terminal.ask(`${t("ask.password")} `, false);
  if (email === undefined || password === undefined) throw wrongUse("no-input");
  const begun = granted(await askAtDesk({ email, password }, visitOf(terminal)));
  const answer = await askCode(terminal, begun);
  const { attemptToken } = begun;
  const entered = await enterDesk({ attemptToken, answer, caller: terminal.caller }, visitOf(terminal));
  if (!entered.ok) throw codeRefused(entered);
  const { token, until } = entered.value;
  const desk = await readDesk(token, terminal.caller, visitOf(terminal));
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
