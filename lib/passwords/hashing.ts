import "server-only";
import { availableParallelism } from "node:os";
import { hash as argonHash, verify as argonVerify } from "@node-rs/argon2";
import { numbers } from "@/lib/kernel/numbers";
import { pepper } from "@/lib/kernel/secrets";

/** Too many hashes wait already: the request is refused with "busy, try again" instead of filling the memory. */
export class BusyError extends Error {
  constructor() {
    super("too many passwords are being checked at once");
    this.name = "BusyError";
  }
}

// As many hashes at a time as there are cores: a storm of sign-ins must leave signed-in people untouched.
const shared = globalThis as unknown as { latchkeyHashing?: { running: number; waiting: (() => void)[] } };
const line = (): { running: number; waiting: (() => void)[] } => {
  shared.latchkeyHashing ??= { running: 0, waiting: [] };
  return shared.latchkeyHashing;
};

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const queue = line();
  if (queue.running >= availableParallelism()) {
    if (queue.waiting.length >= numbers.passwordHash.maxWaiting) throw new BusyError();
    await new Promise<void>((resume) => queue.waiting.push(resume));
  } else queue.running += 1;
  try {
    return await work();
  } finally {
    const next = queue.waiting.shift();
    // The place passes on to the next in line, or is free again.
    if (next === undefined) queue.running -= 1;
    else next();
  }
}

const parameters = {
  algorithm: 2, // Argon2id; the package names its numbers in a const enum, which single-file builds cannot read
  memoryCost: numbers.passwordHash.memoryKiB,
  timeCost: numbers.passwordHash.passes,
  parallelism: numbers.passwordHash.lanes,
  outputLen: numbers.passwordHash.bytes,
};

/** As the package draws them. */
const SALT_BYTES = 16;

const current = `$argon2id$v=19$m=${parameters.memoryCost},t=${parameters.timeCost},p=${parameters.parallelism}$`;

/** The form in which a password is hashed and compared: NFKC (NIST SP 800-63B-4 3.1.1.2), nothing cut off. */
export const passwordForm = (password: string): string => password.normalize("NFKC");

/**
 * Argon2id of a password or recovery code, with the site's pepper: `keyId` + PHC string.
 *
 * @throws BusyError when the waiting line is full.
 */
export async function hashPassword(password: string): Promise<string> {
  const secret = pepper();
  if (secret === undefined) throw new Error("there is no pepper");
  const hash = await inTurn(() => argonHash(passwordForm(password), { ...parameters, secret: secret.bytes }));
  return `${secret.keyId}${hash}`;
}

/** The hash of a password, or undefined when the waiting line is full: for flows, where that is a refusal. */
export const hashUnlessBusy = (password: string): Promise<string | undefined> =>
  unlessBusy(() => hashPassword(password));

/** What comes of work that hashes, or undefined when the waiting line is full. */
export async function unlessBusy<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof BusyError) return undefined;
    throw error;
  }
}

const zeros = (bytes: number): string => Buffer.alloc(bytes).toString("base64").replace(/=+$/, "");

/**
 * What an unknown address is compared with, so that it takes as long as a known one (ASVS 6.3.8). Written down and not
 * hashed, because whoever asks first would wait for that too. It is of zeros, which no password makes.
 */
const hashOfNobody = (): string =>
  `${pepper()?.keyId}${current}${zeros(SALT_BYTES)}$${zeros(parameters.outputLen)}`;

/**
 * Whether `password` is the one behind `stored`; `stored` undefined (no such account) takes as long and is never right.
 *
 * @throws BusyError when the waiting line is full.
 */
export async function isPassword(password: string, stored: string | undefined): Promise<boolean> {
  const hash = stored ?? hashOfNobody();
  const start = hash.indexOf("$");
  const secret = pepper(hash.slice(0, start));
  // A key that is gone makes every password wrong, never right.
  if (secret === undefined) return false;
  const isRight = await inTurn(() =>
    argonVerify(hash.slice(start), passwordForm(password), { secret: secret.bytes }),
  );
  return stored !== undefined && isRight;
}

/** The same, or undefined when the waiting line is full: for flows, where that is a refusal. */
export const isPasswordUnlessBusy = (
  password: string,
  stored: string | undefined,
): Promise<boolean | undefined> => unlessBusy(() => isPassword(password, stored));

/** Whether a stored hash was made with older parameters or an older pepper, and should be made anew at sign-in. */
export function isHashOutdated(stored: string): boolean {
  return !stored.startsWith(`${pepper()?.keyId}${current}`);
}
