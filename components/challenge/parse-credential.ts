import { z } from "zod";
import { tick } from "@/lib/kernel/form";
import { numbers } from "@/lib/kernel/numbers";

/** What a passkey's form posts: the browser's answer as JSON, whose shape is the method's to judge. */
export const credentialShape = { credential: z.string().max(numbers.passkey.answerCharacters) };

/** The same with the box "Don't require codes on this device". */
export const credentialAndTrustShape = { ...credentialShape, trust: tick };
