import { siteName } from "@/lib/kernel/site";
import { words } from "@/lib/words";
import type { TaskFacts } from "./actions";

/** What a code does, for its message: "REMOVES the phone ending 12 from your Latchkey account"; aloud without capitals. */
export const doesWords = (task: TaskFacts, isLoud: boolean): string =>
  words("actions")(`does.${task.name}`, { ...task, loud: isLoud ? "yes" : "no", site: siteName() });

/** Why somebody is asked to sign in again: "You are about to remove the phone ending 12, so …". */
export const leadWords = (task: TaskFacts): string => words("actions")(`lead.${task.name}`, { ...task });
