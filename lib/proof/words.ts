import { words } from "@/lib/words";
import type { TaskFacts } from "./actions";

/** Why somebody is asked to sign in again: "You are about to remove the phone ending 12, so …". */
export const leadWords = (task: TaskFacts): string => words("actions")(`lead.${task.name}`, { ...task });
