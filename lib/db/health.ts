import { seconds } from "@/lib/kernel/durations";
import { isInDoubt, pool, trust } from "./pool";

const ANSWER_MS = seconds(1);

let asking: Promise<boolean> | undefined;

async function ask(): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ANSWER_MS);
  });
  const answered = pool()
    .query("SELECT 1")
    .then(
      () => true,
      () => false,
    );
  try {
    const isUp = await Promise.race([answered, late]);
    if (isUp) trust();
    return isUp;
  } finally {
    clearTimeout(timer);
  }
}

/** Whether the database answers now, within a second. Who asks while another does shares the answer. */
export function isDatabaseUp(): Promise<boolean> {
  asking ??= ask().finally(() => {
    asking = undefined;
  });
  return asking;
}

/**
 * Whether the database is known to be gone. Asks it only after something went wrong with it, so that as long as all is
 * well a page without queries of its own stays one.
 */
export async function isDatabaseGone(): Promise<boolean> {
  return isInDoubt() && !(await isDatabaseUp());
}
