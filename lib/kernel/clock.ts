/**
 * The one place that reads the machine's clock. Doors (actions, pages, the worker) call `now()` once and pass the
 * moment on; rules and flows take it as an argument, so that a test can stand at any moment it likes.
 */
export const now = (): Date => new Date();
