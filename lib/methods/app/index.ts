import { z } from "zod";
import { plainDigits } from "@/lib/codes";
import { numbers } from "@/lib/kernel/numbers";
import { ok, refuse } from "@/lib/kernel/result";
import { randomBase32 } from "@/lib/kernel/secrets";
import type { Method } from "../method";
import { judgeCode } from "./totp";

// Five bits a character of base32.
const secretCharacters = (numbers.totp.secretBytes * 8) / 5;

const shape = new RegExp(`^\\d{${numbers.totp.digits}}$`);

const data = z.strictObject({
  secret: z.string().regex(new RegExp(`^[A-Z2-7]{${secretCharacters}}$`)),
  tag: z.string().regex(new RegExp(`^[A-Z2-7]{${numbers.totp.tagCharacters}}$`)),
});

/** The shared key, and the four characters that the entry's name ends in. */
export type AppData = z.output<typeof data>;

/** The tags of the account's other entries: no two are called the same, or some apps would overwrite one. */
export type AppInput = { readonly takenTags?: readonly string[] };

/** An authenticator app: any that makes RFC 6238 codes. */
export const app: Method<AppData, AppInput> = {
  name: "app",
  role: "everyday",
  data,
  // Every key is made here and is new, so no two entries can be the same.
  identity: () => null,
  describe: ({ tag }) => ({ kind: "app", tag }),
  enrol: {
    begin: ({ takenTags = [] }) => {
      let tag: string;
      do tag = randomBase32(numbers.totp.tagCharacters);
      while (takenTags.includes(tag));
      return ok({ secret: randomBase32(secretCharacters), tag });
    },
  },
  challenge: () => ({ kind: "code", delivery: null }),
  isAnswerShaped: (answer) => shape.test(plainDigits(answer)),
  verify: async (answer, { burntSteps = [], counter, data: { secret }, now }) => {
    const digits = plainDigits(answer);
    if (!shape.test(digits)) return refuse("malformed");
    const last = counter === null ? undefined : Number(counter);
    const judged = judgeCode(secret, digits, now, last, burntSteps.map(Number));
    return judged.is === "right" ? ok({ counter: BigInt(judged.step) }) : refuse(judged.is);
  },
};
