import { type ProviderName, settings } from "@/lib/kernel/config";
import type { Provider } from "./provider";
import { outbox } from "./providers/outbox";

const providers = { outbox } as const satisfies Record<ProviderName, Provider>;

/** Every way a message can travel, and who carries it. The only list of them. */
export const channels = {
  text: { provider: (): Provider => providers[settings().smsProvider] },
  voice: { provider: (): Provider => providers[settings().voiceProvider] },
  email: { provider: (): Provider => providers[settings().emailProvider] },
} as const;

export type Channel = keyof typeof channels;
