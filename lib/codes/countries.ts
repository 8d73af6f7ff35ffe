import "server-only";
import { inTransaction } from "@/lib/db";
import {
  type Channel,
  type CodePurpose,
  countryTraffic,
  enqueue,
  isFree,
  mail,
  numberBlocks,
  numberHealth,
} from "@/lib/delivery";
import { settings } from "@/lib/kernel/config";
import { after, days } from "@/lib/kernel/durations";
import { log } from "@/lib/kernel/log";
import { numbers } from "@/lib/kernel/numbers";
import { spend } from "@/lib/limits";
import { isCountryOff, isSilent, isSudden } from "./rules";

// What was found of a country is good for a minute: a storm must not count its own messages at every one of them.
const shared = globalThis as unknown as { latchkeyCountries?: Map<string, { isHeld: boolean; until: Date }> };

/** Whether the site's settings switch off the country of a number. */
export const isSwitchedOff = (number: string): boolean => isOff(numberBlocks(number).country);

function isOff(country: string): boolean {
  const { countriesOff, countriesOnly } = settings();
  return isCountryOff(country, countriesOff, countriesOnly);
}

/**
 * Whether a code may not go to a country: switched off by the settings, or, for a number that is being set up, held
 * because somebody runs up the bill there. Whoever signs in with a number that was confirmed before is never held.
 */
export async function mayNotSendTo(
  country: string,
  message: { readonly channel: Channel; readonly purpose: CodePurpose },
  now: Date,
): Promise<boolean> {
  if (isOff(country)) return true;
  if (message.purpose !== "enrolment" || country === "none" || isFree(message.channel)) return false;
  shared.latchkeyCountries ??= new Map();
  const known = shared.latchkeyCountries.get(country);
  const { askEvery } = numbers.messages.suddenCountry;
  if (known !== undefined && known.until > now && known.until <= after(now, askEvery)) return known.isHeld;
  const traffic = await countryTraffic(country, now);
  const isHeld = isSudden(traffic);
  shared.latchkeyCountries.set(country, { isHeld, until: after(now, askEvery) });
  if (isHeld) await tellOwner(country, traffic, now);
  return isHeld;
}

/** Tells the owner of a held country, once a day: in the log, and by mail where there is an address. */
async function tellOwner(
  country: string,
  { today, unconfirmed }: { readonly today: number; readonly unconfirmed: number },
  now: Date,
): Promise<void> {
  const once = await spend([{ name: ["country-held", country], max: 1, window: days(1) }], now);
  if (!once.ok) return;
  log.warn({ country, today, unconfirmed }, "a country is held: nearly nobody answers its codes");
  const { ownerEmail } = settings();
  if (ownerEmail === undefined) return;
  await inTransaction((tx) =>
    enqueue(tx, {
      accountId: null,
      channel: "email",
      purpose: "owner",
      to: ownerEmail,
      ...mail("mail.country-held", { country, today, unconfirmed, at: now }),
      now,
      expiresAt: after(now, days(1)),
    }),
  );
}

/**
 * How many messages a number may get in a day: fewer while it is being set up, has had codes and never used one, because
 * it may be somebody's who never asked for them.
 */
export async function dayOfNumber(
  number: string,
  purpose: CodePurpose,
  now: Date,
): Promise<{ readonly max: number; readonly window: number }> {
  const { messages } = numbers;
  if (purpose !== "enrolment") return messages.numberDay;
  return isSilent(await numberHealth(number, now)) ? messages.unconfirmed.numberDay : messages.numberDay;
}
