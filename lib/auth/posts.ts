/**
 * Forms that are answered without the framework (docs/decisions/0044): what such a post is given and gives. The server opens
 * this file, so nothing here may pull the framework in.
 */
import type { Post, Posts } from "@/lib/door";
import { causeOf } from "@/lib/kernel/cause";
import { now } from "@/lib/kernel/clock";
import { log } from "@/lib/kernel/log";
import type { Visit } from "@/lib/kernel/visit";
import { lineOfChange, type OwnCookie, readerOfCookies } from "./cookie-values";
import { endOfSignIn, type LeadOn } from "./end-of-sign-in";
import { refuseForeign, visitBy } from "./visitor";

export { endOfSignIn, type LeadOn };

/** A form that was posted from a page of this site. */
export type Posted = {
  readonly form: FormData;
  readonly visit: Visit;
  /** The value of a cookie of ours, if the browser sent it. */
  readonly cookie: (name: OwnCookie) => string | undefined;
};

/** What is said of a form that was refused, on its own page (lib/kernel/refused.ts). */
export type Refused<Refusal> = { readonly refusal: Refusal };

/** Acts on a form: leads its browser on, or says what is wrong with it. */
type Act = (posted: Posted) => Promise<LeadOn | Refused<unknown>>;

/** The list that the door is given, of what acts on a form by the path that it is posted to. */
export const postsOf = (acts: Readonly<Record<string, Act>>): Posts =>
  new Map(Object.entries(acts).map(([path, act]) => [path, postOf(path, act)]));

/**
 * Makes of an act what the door calls (lib/door/posts.ts): with the form as it came, and the headers that the door has
 * cleaned. Throws when the form comes from another site.
 */
const postOf =
  (path: string, act: Act): Post =>
  async (form, headers) => {
    const header = (name: string) => headers[name]?.toString();
    refuseForeign(header);
    const cookie = readerOfCookies(headers.cookie);
    const answer = await act({ form, visit: visitBy(header, now()), cookie }).catch((error: unknown) => {
      // The door says which answer it becomes, as of what the framework tells of by itself (instrumentation.ts).
      log.error({ route: path, kind: "post", ...causeOf(error) }, "it threw");
      throw error;
    });
    return "leadTo" in answer ? { ...answer, cookies: answer.cookies.map(lineOfChange) } : answer;
  };
