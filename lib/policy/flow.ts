import "server-only";
import { before } from "@/lib/kernel/durations";
import { numbers } from "@/lib/kernel/numbers";
import type { Standing } from "./rules";
import { readStanding } from "./store";

/** The dry run of REQUIRE_TWO_STEP=everyone: whom it would stop now. It changes nothing. */
export const policyStanding = (now: Date): Promise<Standing> =>
  readStanding({
    seenAfter: before(now, numbers.session.idle),
    createdAfter: before(now, numbers.session.absolute),
  });
