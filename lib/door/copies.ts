/** The copies of one form, as a double click or a reload sends them: the first is acted on, the others get its answer. */
import type { ServerResponse } from "node:http";
import { type Answering, answerRedirect } from "./answer";
import { copyKey, type Redirect, type Repeats, type Settle } from "./repeats";

/** The answer that a second copy of the form may be given too: where it leads, and the cookies. */
function redirectOf(res: ServerResponse): Redirect | undefined {
  if (res.statusCode !== 303) return undefined;
  const headers = ["location", "set-cookie"].flatMap((name): [string, string | string[]][] => {
    const value = res.getHeader(name);
    return value === undefined ? [] : [[name, typeof value === "number" ? String(value) : value]];
  });
  return { status: 303, headers };
}

/**
 * Meets the other copies of a form. Gives back how to tell them the answer, where this one is to be acted on; undefined
 * where nothing is left to do: it was given the first one's answer, or nobody is there any more to hear it.
 */
export async function meetCopies(
  repeats: Repeats,
  { req, res, seal }: Pick<Answering, "req" | "res" | "seal">,
  browser: string,
  body: Buffer,
): Promise<Settle | undefined> {
  const met = await repeats.meet(browser, copyKey(req, body));
  if ("again" in met) {
    answerRedirect({ res, seal }, met.again);
    return undefined;
  }
  const { settle } = met;
  // The first copy was acted on, and nobody is there any more whom this one could tell something else.
  if (res.destroyed && !met.isFirst) {
    settle(undefined);
    return undefined;
  }
  // Told at its end and not at its arrival: the browser may have hung up on the first copy to send the second. The door
  // ends every answer that it handed over, also to nobody, or destroys it where something threw.
  const { end, destroy } = res;
  res.end = ((...given: unknown[]) => {
    settle(redirectOf(res));
    return Reflect.apply(end, res, given);
  }) as typeof res.end;
  res.destroy = (error) => {
    settle(undefined);
    return destroy.call(res, error);
  };
  return settle;
}
