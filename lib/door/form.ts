/** Whether a posted body is a form that a page of this site can have sent. */

/** The header as browsers write it, and as no parser can misread it. */
const OF_BROWSERS = /^multipart\/form-data; boundary=([\w-]{27,70})$/;
/** A part as browsers write it for a field that is no file, likewise. */
const FIELD = /^\r\nContent-Disposition: form-data; name="([\w$:.-]+)"\r\n\r\n/;

type Field = readonly [name: string, value: string];

/**
 * Whether a body that says it is a form of several parts is one, and binds its action to nothing but what a page can have
 * written: the framework answers a broken one with an error, which would look like one of ours. What browsers send is
 * known at a look; anything else is parsed as the framework would.
 */
export async function isForm(body: Buffer, contentType: string | undefined): Promise<boolean> {
  if (!/^multipart\/form-data\b/i.test(contentType ?? "")) return true;
  const fields = ofBrowser(body, contentType) ?? (await parsed(body, contentType));
  return fields !== undefined && isBoundByPage(fields);
}

function ofBrowser(body: Buffer, contentType: string | undefined): Field[] | undefined {
  const boundary = OF_BROWSERS.exec(contentType ?? "")?.[1];
  if (boundary === undefined) return undefined;
  const [before, ...parts] = `\r\n${body.toString("latin1")}`.split(`\r\n--${boundary}`);
  const after = parts.pop();
  if (before !== "" || after !== "--\r\n" || parts.length === 0) return undefined;
  const fields: Field[] = [];
  for (const part of parts) {
    const [head, name] = FIELD.exec(part) ?? [];
    if (head === undefined || name === undefined) return undefined;
    fields.push([name, part.slice(head.length)]);
  }
  return fields;
}

async function parsed(body: Buffer, contentType: string | undefined): Promise<Field[] | undefined> {
  const form = new Response(new Uint8Array(body), {
    headers: { "content-type": contentType ?? "" },
  }).formData();
  // A file in the place of what is bound is none of ours, and no JSON.
  const fieldsOf = (data: FormData): Field[] =>
    [...data].map(([name, value]) => [name, typeof value === "string" ? value : ""]);
  return form.then(fieldsOf, () => undefined);
}

/** The names of what an action is bound to: "$ACTION_1:0" is the action itself, "$ACTION_1:1" its arguments. */
const BOUND = /^(\$ACTION_[^:]*:)(.*)$/s;

/**
 * Whether an action is bound to what our pages bind and to nothing else: JSON of plain values and moments, with the
 * arguments in the next field. Our pages never bind a function, map, file or stream. A form that speaks of one was made by
 * hand, and the framework would throw because the thing itself was never sent.
 */
function isBoundByPage(fields: readonly Field[]): boolean {
  const names = new Set(fields.map(([name]) => name));
  return fields.every(([name, value]) => {
    const prefix = BOUND.exec(name)?.[1];
    if (prefix === undefined) return true;
    let isOurs = true;
    try {
      JSON.parse(value, (_key, inner: unknown) => {
        if (typeof inner === "string" && inner.startsWith("$")) isOurs &&= isPlain(inner, prefix, names);
        return inner;
      });
    } catch {
      return false;
    }
    return isOurs;
  });
}

function isPlain(text: string, prefix: string, names: ReadonlySet<string>): boolean {
  if (text.startsWith("$$") || text === "$undefined") return true; // a text that begins with a dollar is written with two
  if (text.startsWith("$D")) return !Number.isNaN(Date.parse(text.slice(2)));
  return /^\$@[0-9a-f]+$/.test(text) && names.has(prefix + Number.parseInt(text.slice(2), 16));
}
