/** The door's answer at /api/health, for whoever watches the site. */
import { isSame } from "@/lib/kernel/secrets";
import type { Answering } from "./answer";

export const RETRY_AFTER_SECONDS = "10"; // the pool finds a database that is back within this time

export interface Health {
  /** The bearer of it sees the figures; none: nobody does. */
  readonly healthToken: string | undefined;
  readonly isDraining: boolean;
  readonly isDatabaseUp: () => Promise<boolean>;
  /** What the owner sees with HEALTH_TOKEN: how the messages do. */
  readonly figures: (() => Promise<unknown>) | undefined;
}

/** Tells whether the site is well, and its owner how the messages do. */
export async function answerHealth(
  { req, res, seal }: Pick<Answering, "req" | "res" | "seal">,
  { checksDatabase, token }: { readonly checksDatabase: boolean; readonly token?: string },
  { healthToken, isDraining, isDatabaseUp, figures }: Health,
): Promise<void> {
  const isWell = !checksDatabase || (!isDraining && (await isDatabaseUp()));
  res.statusCode = isWell ? 200 : 503;
  res.setHeader("Content-Type", "application/json");
  if (!isWell) res.setHeader("Retry-After", RETRY_AFTER_SECONDS);
  const isOwner = token !== undefined && healthToken !== undefined && isSame(token, healthToken);
  // Figures that cannot be had must not make a site that works look ill.
  const messages = isOwner && isWell ? await figures?.().catch(() => undefined) : undefined;
  seal(res);
  const health = { status: isWell ? "ok" : "unavailable", messages };
  res.end(req.method === "HEAD" ? undefined : JSON.stringify(health));
}
