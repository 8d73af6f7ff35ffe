/**
 * What is wrong with the form that was posted, for the page that is drawn in answer to it. The door opens it around that
 * page, which says it and fills in again what was typed; everywhere else there is nothing.
 */
import { carried } from "./carried";

const storage = carried<unknown>("refused");

/** Does `work`, the drawing of a form's own page, with what the form was refused for. */
export const whileRefused = <T>(refusal: unknown, work: () => T): T => storage().run(refusal, work);

/**
 * What the form of this page was refused for, when this page is the answer to it. A page is drawn so for its own post
 * only (app/posts.ts), so the type is what that post gives.
 */
export const refusal = <Refusal>(): Refusal | undefined => storage().getStore() as Refusal | undefined;
