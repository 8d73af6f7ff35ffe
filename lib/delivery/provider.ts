/** A message as a provider gets it: opened, whole, and with an id that a provider may use to send it only once. */
export type OutgoingMessage = {
  readonly id: string;
  readonly channel: "text" | "voice" | "email";
  /** E.164 for text and voice, an address for e-mail. */
  readonly to: string;
  readonly subject?: string;
  readonly body: string;
  readonly purpose: string;
};

/** What a provider said at hand-over. */
export type HandOver =
  | { readonly state: "handed-over" | "delivered"; readonly providerId?: string }
  /** `isFinal`: trying again cannot help (no such number); otherwise the worker tries later. */
  | { readonly state: "refused"; readonly reason: string; readonly isFinal: boolean };

/** A way to hand messages to the world. One file in providers/, one line in channels.ts. */
export type Provider = {
  readonly name: string;
  /** Hands one message over. Throws when it does not know whether it was; the message is then tried again. */
  readonly send: (message: OutgoingMessage, signal: AbortSignal) => Promise<HandOver>;
};
