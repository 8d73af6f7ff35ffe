import { type ProviderName, settings } from "@/lib/kernel/config";
import { numbers } from "@/lib/kernel/numbers";
import type { Provider } from "./provider";
import { http } from "./providers/http";
import { outbox } from "./providers/outbox";
import { smtp } from "./providers/smtp";
import { twilio } from "./providers/twilio";

const providers = { outbox, twilio, http, smtp } as const satisfies Record<ProviderName, Provider>;

const named = (names: readonly ProviderName[]): readonly Provider[] => names.map((name) => providers[name]);

/** Every way a message can travel, who carries it (in the order to ask them), and how long it may take. The only list. */
export const channels = {
  text: {
    providers: () => named(settings().smsProviders),
    expectedWithin: numbers.delivery.expectedWithin.text,
  },
  voice: {
    providers: () => named(settings().voiceProviders),
    expectedWithin: numbers.delivery.expectedWithin.voice,
  },
  email: {
    providers: () => named(settings().emailProviders),
    expectedWithin: numbers.delivery.expectedWithin.email,
  },
};

/** The name of a channel. */
export type Channel = keyof typeof channels;

/** The names of all channels. */
export const channelNames = Object.keys(channels) as readonly Channel[];

/** Whether a row's text is a channel that this version knows. */
export const isChannel = (text: string): text is Channel => Object.hasOwn(channels, text);

/** The provider of this name when a channel uses it; undefined for any other name. */
export const findProvider = (name: string): Provider | undefined =>
  channelNames.flatMap((channel) => channels[channel].providers()).find((provider) => provider.name === name);
