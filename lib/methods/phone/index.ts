import { z } from "zod";
import { isLive, plainDigits } from "@/lib/codes";
import { numbers } from "@/lib/kernel/numbers";
import { ok, refuse } from "@/lib/kernel/result";
import type { Method } from "../method";
import { type PhoneChannel, readNumber } from "./number";

const shape = new RegExp(`^\\d{${numbers.code.digits}}$`);

const data = z.strictObject({ number: z.string().regex(/^\+\d{6,15}$/), channel: z.enum(["text", "voice"]) });

/** A number in E.164, and how it is reached: text and call are two ways to one phone. */
export type PhoneData = z.output<typeof data>;

/** What a person enters: the number as they write it, its country (ISO 3166-1 alpha-2) and how to reach it. */
export type PhoneInput = {
  readonly number: string;
  readonly country: string;
  readonly channel: PhoneChannel;
};

/** A phone that gets a code by text message or voice call. */
export const phone: Method<PhoneData, PhoneInput> = {
  name: "phone",
  role: "everyday",
  data,
  identity: ({ number }) => number,
  describe: ({ number, channel }) => ({ kind: "phone", channel, lastDigits: number.slice(-2) }),
  enrol: {
    begin: ({ number, country, channel }) => {
      if (channel !== "text" && channel !== "voice") return refuse("channel-missing");
      const read = readNumber(number, country, channel);
      return read.ok ? ok({ number: read.value, channel }) : read;
    },
  },
  challenge: ({ number, channel }) => ({ kind: "code", delivery: { channel, to: number } }),
  isAnswerShaped: (answer) => shape.test(plainDigits(answer)),
  verify: async (answer, { codes, isSentCode, now }) => {
    const digits = plainDigits(answer);
    if (!shape.test(digits)) return refuse("malformed");
    // Every code is compared, whichever fits, so that the time tells nothing about the letter.
    const fitting = codes.filter((code) => isSentCode(code, digits));
    const live = fitting.find((code) => isLive(code, codes.indexOf(code), now));
    if (live !== undefined) return ok({ codeId: live.id });
    if (fitting.length === 0) return refuse("wrong");
    return refuse(fitting.some((code) => code.usedAt !== null) ? "used" : "expired");
  },
};
