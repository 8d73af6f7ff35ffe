/** Forms that are answered without the framework (docs/decisions/0044). It draws the page of those that are refused. */
import type { IncomingHttpHeaders } from "node:http";

/** Where a form that was right leads its browser, with the lines of `Set-Cookie`; or what its own page says of it. */
export type PostAnswer =
  | { readonly leadTo: string; readonly cookies: readonly string[] }
  | { readonly refusal: unknown };

/** Acts on a form that was posted to the path under which it stands in the list of posts. */
export type Post = (form: FormData, headers: IncomingHttpHeaders) => Promise<PostAnswer>;

/** By path, such as "/sign-in". */
export type Posts = ReadonlyMap<string, Post>;
