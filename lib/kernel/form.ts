import { z } from "zod";
import { numbers } from "./numbers";

/** A refused field: which, and the catalogue key of what is wrong and what to do. */
export type FieldErrors = Readonly<Record<string, string>>;

export type ParsedForm<T> =
  | { readonly ok: true; readonly data: T }
  | { readonly ok: false; readonly errors: FieldErrors };

/**
 * One line of text as a form posts it: surrounding blanks gone, refused with a catalogue key when missing, longer than
 * `max` characters (code points) or holding control characters such as NUL, which PostgreSQL cannot store.
 */
export const lineOf = (options: { max: number; missing: string; tooLong: string; malformed: string }) =>
  z
    .string({ error: options.malformed })
    .trim()
    .min(1, { error: options.missing, abort: true })
    .refine((text) => [...text].length <= options.max, { error: options.tooLong, abort: true })
    .refine((text) => !/\p{Cc}/u.test(text), { error: options.malformed });

/** One line with a code of whatever kind, of at most `codeCharacters`; what it may look like is its method's to say. */
export const codeLine = lineOf({
  max: numbers.fields.codeCharacters,
  missing: "missing",
  tooLong: "malformed",
  malformed: "malformed",
});

/**
 * A password that is only compared: whole, nothing trimmed. How long one may be is the rule of a new one, which counts
 * characters after NFKC; whatever that lets through must be let through here, in more units of the form. Refused is what is
 * no one string, what no password can hold, and what is so long that to hash it would be work: `wrong`, as if compared.
 *
 * @param keys what the page says, by keys of its own catalogue; without `missing` an empty one is let through.
 */
export function comparedPasswordField(keys: {
  readonly missing?: string;
  readonly malformed: string;
  readonly wrong: string;
}) {
  const field = z
    .string({ error: keys.malformed })
    .max(numbers.password.comparedUnits, { error: keys.wrong, abort: true })
    .refine((text) => !text.includes("\0"), { error: keys.malformed });
  return keys.missing === undefined ? field : field.min(1, { error: keys.missing, abort: true });
}

/** A tick box: ticked, or not there at all. */
export const tick = z
  .literal("on", { error: "malformed" })
  .optional()
  .transform((value) => value === "on");

// A schema compiles itself when it is first used, which costs more than all that it ever parses here.
const schemas = new WeakMap<z.ZodRawShape, z.ZodObject>();
function schemaOf<Shape extends z.ZodRawShape>(shape: Shape): z.ZodObject<Shape> {
  const known = schemas.get(shape);
  if (known !== undefined) return known as z.ZodObject<Shape>;
  const made = z.object(shape);
  schemas.set(shape, made);
  return made;
}

/**
 * Parses a posted form at the door: every field of `shape` is one string, and never the same name twice, a file or an object.
 * A field that `shape` does not name is dropped, whatever is in it, and so are the framework's own `$ACTION…` fields: what
 * comes out has the fields of `shape` and no other.
 */
export function parseForm<Shape extends z.ZodRawShape>(
  form: FormData,
  shape: Shape,
): ParsedForm<z.output<z.ZodObject<Shape>>> {
  const raw: Record<string, unknown> = {};
  // Whoever writes the framework's own fields by hand can leave the form out, whatever the type says.
  for (const name of form instanceof FormData ? new Set(form.keys()) : []) {
    if (name.startsWith("$ACTION")) continue;
    const values = form.getAll(name);
    raw[name] = values.length === 1 ? values[0] : values;
  }
  // A field that is missing altogether is judged like an empty one, so it gets the same words.
  for (const name of Object.keys(shape)) {
    if (raw[name] === undefined && shape[name] instanceof z.ZodString) raw[name] = "";
  }
  const parsed = schemaOf(shape).safeParse(raw);
  if (parsed.success) return { ok: true, data: parsed.data };
  const errors: Record<string, string> = {};
  for (const issue of parsed.error.issues) {
    const field = String(issue.path[0] ?? "form");
    errors[field] ??= issue.message;
  }
  return { ok: false, errors };
}

/**
 * The text that a page bound to its action, such as the token of its own address. It travels in the form as it is, so that
 * anybody can write another one, and anything in its place: whatever is no text is the empty one, which is nobody's.
 */
export const boundText = (bound: unknown): string => (typeof bound === "string" ? bound : "");

/**
 * What a person typed, to fill the refused form in again; never for passwords or codes. It is asked before the guard has
 * spoken, and an action that is called by hand may come without any form.
 */
export function typed(form: FormData, name: string, max = 300): string {
  const value = form instanceof FormData ? form.get(name) : null;
  return typeof value === "string" ? value.slice(0, max) : "";
}
