import { causeOf } from "@/lib/kernel/cause";
import { log } from "@/lib/kernel/log";

/** The framework calls it for whatever a page, an action or a route throws; the door's line says which answer it became. */
export function onRequestError(
  error: unknown,
  _request: unknown,
  context: { readonly routePath: string; readonly routeType: string },
): void {
  const { routePath: route, routeType: kind } = context;
  log.error({ route, kind, ...causeOf(error) }, "it threw");
}
