import "server-only";
import { z } from "zod";
import { after } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import { open, seal } from "@/lib/kernel/secrets";
import { readTask, type Task, taskText } from "./actions";
import { findKept, writeKept } from "./store";

type Keeper = { readonly id: string; readonly accountId: string };

/** All that may be kept of what somebody typed. A password or a code is not among them, and never will be. */
const keptFields = [
  "channel",
  "contact",
  "country",
  "email",
  "label",
  "name",
  "number",
  "place",
  "ticked",
] as const;

/** What was typed, by the names of its fields. */
export type TypedFields = { readonly [Field in (typeof keptFields)[number]]?: string };

const shape = z.strictObject({
  task: z.string(),
  fields: z.partialRecord(z.enum(keptFields), z.string()),
  at: z.coerce.date(),
});

/** As long as the proof that follows may take, and then be used. */
const keptFor = numbers.attempt.lifetime + numbers.freshProof.lifetime;

const context = ({ id, accountId }: Keeper) => ({ table: "Session.kept", row: id, account: accountId });

// An object may hold more than its type says.
const keepable = (typed: TypedFields): TypedFields =>
  Object.fromEntries(
    keptFields.flatMap((field) => (typed[field] === undefined ? [] : [[field, typed[field]]])),
  );

/**
 * Keeps what somebody wanted to do and typed, when their proof had run out: sealed for their session. Of what was typed only
 * the fields that are named above.
 */
export async function keepTyped(session: Keeper, task: Task, fields: TypedFields, now: Date): Promise<void> {
  const kept = JSON.stringify({ task: taskText(task), fields: keepable(fields), at: now });
  await writeKept(session.id, seal(kept, context(session)));
}

/** The form was posted again, so nothing is kept any more. */
export const dropTyped = (session: Keeper): Promise<void> => writeKept(session.id, null);

/** What this session wanted to do when its proof had run out, and what was typed; undefined when there is nothing. */
export async function readTyped(
  session: Keeper,
  now: Date,
): Promise<{ readonly task: Task; readonly fields: TypedFields; readonly at: Date } | undefined> {
  const sealed = await findKept(session.id);
  if (sealed === null) return undefined;
  try {
    const { task, fields, at } = shape.parse(JSON.parse(open(sealed, context(session))));
    return after(at, keptFor) > now ? { task: readTask(task), fields, at } : undefined;
  } catch {
    return undefined; // moved, altered or of another version: as if it were not there
  }
}

/** What was typed into the form of exactly this task; undefined when there is nothing. */
export async function typedFor(session: Keeper, task: Task, now: Date): Promise<TypedFields | undefined> {
  const kept = await readTyped(session, now);
  return kept !== undefined && taskText(kept.task) === taskText(task) ? kept.fields : undefined;
}
