import { generateURI, verifySync } from "otplib";
import { numbers } from "@/lib/kernel/numbers";

const period = numbers.totp.period / 1000;
const { toleranceSteps: tolerance, expiredSteps } = numbers.totp;

/** The time step (RFC 6238 T) of a moment. */
export const stepAt = (moment: Date): number => Math.floor(moment.getTime() / numbers.totp.period);

/**
 * The time step whose code `token` (digits, already checked) is: among the steps `around` ± `either` and greater than
 * `after`; undefined when it is none of them.
 */
export function stepOf(
  secret: string,
  token: string,
  range: { readonly around: number; readonly either: number; readonly after?: number },
): number | undefined {
  const { around, either, after } = range;
  // A clock that went back leaves no step to accept; the library would throw.
  if (after !== undefined && after >= around + either) return undefined;
  const found = verifySync({
    secret,
    token,
    epoch: around * period,
    epochTolerance: either * period,
    afterTimeStep: after,
  });
  return found.valid && "timeStep" in found ? found.timeStep : undefined;
}

/** What a code of the app is at a moment, given the last step that was accepted. */
export type Judgement =
  | { readonly is: "right"; readonly step: number }
  | { readonly is: "used" | "expired" | "wrong" };

/**
 * Judges six digits: exactly one step either side of now is right (RFC 6238 5.2), and only when it is greater than the
 * last accepted one, so that nobody uses a code a second time, and not one that the code doctor spoke of. What is said
 * here speaks only of the past: a step that is still to come would hand a guesser a code.
 */
export function judgeCode(
  secret: string,
  token: string,
  now: Date,
  lastStep: number | undefined,
  burntSteps: readonly number[] = [],
): Judgement {
  const around = stepAt(now);
  const step = stepOf(secret, token, { around, either: tolerance, after: lastStep });
  if (step !== undefined && !burntSteps.includes(step)) return { is: "right", step };
  if (stepOf(secret, token, { around, either: tolerance }) !== undefined) return { is: "used" };
  for (let back = tolerance + 1; back <= tolerance + expiredSteps && around >= back; back += 1)
    if (stepOf(secret, token, { around: around - back, either: 0 }) !== undefined) return { is: "expired" };
  return { is: "wrong" };
}

/**
 * What the QR code says (Key URI Format). Issuer is the site, the account part is "(ann@example.com) K7F2": every app
 * shows the issuer and then the account, so the entry reads "Latchkey (ann@example.com) K7F2". The tag makes each
 * entry's name its own, because some apps overwrite an entry of the same issuer and account without asking.
 */
export const entryUri = (entry: { site: string; email: string; tag: string; secret: string }): string =>
  generateURI({
    strategy: "totp",
    issuer: entry.site,
    label: `(${entry.email}) ${entry.tag}`,
    secret: entry.secret,
    algorithm: "sha1",
    digits: numbers.totp.digits,
    period,
  });
