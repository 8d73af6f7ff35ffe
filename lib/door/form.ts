/** A posted body as a form, if it is one that a page of this site can have sent. */

/** The header as browsers write it, and as no parser can misread it. */
const OF_BROWSERS = /^multipart\/form-data; boundary=([\w-]{27,70})$/;
/** A part as browsers write it for a field that is no file, likewise. */
const FIELD = /^\r\nContent-Disposition: form-data; name="([\w$:.-]+)"\r\n\r\n/;
/** In UTF-8, a byte to a letter. */
const BYTE_ORDER_MARK = "\xef\xbb\xbf";

/**
 * The form that a body holds; one without fields where it says that it is something else. Undefined for a broken one, and
 * for one that binds its action to anything but what a page can have written: the framework answers both with an error,
 * which would look like one of ours. What browsers send is known at a look; anything else is parsed as the framework would.
 */
export async function readForm(body: Buffer, contentType = ""): Promise<FormData | undefined> {
  // As the framework asks: whatever begins so is one.
  if (!/^multipart\/form-data/i.test(contentType)) return new FormData();
  const form = ofBrowser(body, contentType) ?? (await parsed(body, contentType));
  return form !== undefined && isBoundByPage(form) ? form : undefined;
}

/** Whether a form names an action of the framework's, as every form does that React wrote for one. */
export const namesAction = (form: FormData): boolean =>
  [...form.keys()].some((name) => name.startsWith("$ACTION_"));

function ofBrowser(body: Buffer, contentType: string): FormData | undefined {
  const boundary = OF_BROWSERS.exec(contentType)?.[1];
  if (boundary === undefined) return undefined;
  const [before, ...parts] = `\r\n${body.toString("latin1")}`.split(`\r\n--${boundary}`);
  const after = parts.pop();
  if (before !== "" || after !== "--\r\n" || parts.length === 0) return undefined;
  const form = new FormData();
  for (const part of parts) {
    const [head, name] = FIELD.exec(part) ?? [];
    if (head === undefined || name === undefined) return undefined;
    const value = part.slice(head.length);
    if (value.includes(boundary)) return undefined; // another parser might end the part there
    if (value.startsWith(BYTE_ORDER_MARK)) return undefined; // the other parser takes it off
    form.append(name, Buffer.from(value, "latin1").toString());
  }
  return form;
}

const parsed = (body: Buffer, contentType: string): Promise<FormData | undefined> =>
  new Response(new Uint8Array(body), { headers: { "content-type": contentType } })
    .formData()
    .catch(() => undefined);

/** What React writes into a form for its action: its id alone; or a number, and under it the id and what it is bound to. */
const PART = /^\$ACTION_(?:KEY|ID_[0-9a-f]+|REF_(?<named>\d+)|(?<form>\d+):(?<place>\d+))$/;
/** The first of those fields, letter by letter: two readers of any other spelling could understand two things. */
const ACTION = /^\{"id":"[0-9a-f]+","bound":"\$@1"\}$/;
const MOST_ARGUMENTS = 10; // our actions have three at most
const DEEPEST = 16; // levels of a value; ours have five, and the framework follows each in a call of its own

/**
 * Whether what a form says of its action is what a page of ours writes: plain values and moments, in one field. Our pages
 * never bind a promise (which what an action inside a page closes over would be), function, map, file or stream, whose parts
 * stand in fields of their own. A form that speaks of one was made by hand, and the framework would throw because the thing
 * itself was never sent.
 *
 * For whoever writes an action: what it returns is bound to the next form, so it holds finite numbers only, no Map or Set,
 * and no object twice.
 */
function isBoundByPage(form: FormData): boolean {
  const parts = new Map<string, string>();
  for (const [name, value] of form) {
    if (!name.startsWith("$ACTION_")) continue;
    // A file in the place of what is bound is none of ours.
    if (typeof value !== "string" || !PART.test(name) || parts.has(name)) return false;
    parts.set(name, value);
  }
  return [...parts].every(([name, value]) => {
    const { named, form, place } = PART.exec(name)?.groups ?? {};
    if (named !== undefined) return parts.has(`$ACTION_${named}:0`);
    if (form === undefined) return true;
    if (place === "0") return ACTION.test(value) && parts.has(`$ACTION_${form}:1`);
    const bound = parsedJson(value);
    return place === "1" && Array.isArray(bound) && bound.length <= MOST_ARGUMENTS && isPlain(bound);
  });
}

/** No value of ours, in the place of what is no JSON. */
const BROKEN = "$";

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return BROKEN;
  }
}

/** Whether a value refers to nothing. */
function isPlain(value: unknown): boolean {
  let level = [value]; // no recursion: how deep it goes, its sender chose
  for (let depth = 0; depth < DEEPEST && level.length > 0; depth += 1) {
    if (level.some((each) => typeof each === "string" && each.startsWith("$") && !isPlainText(each)))
      return false;
    level = level.flatMap((each) => (typeof each === "object" && each !== null ? Object.values(each) : []));
  }
  return level.length === 0;
}

function isPlainText(text: string): boolean {
  if (text.startsWith("$$") || text === "$undefined") return true; // a text that begins with a dollar is written with two
  return text.startsWith("$D") && !Number.isNaN(Date.parse(text.slice(2)));
}
