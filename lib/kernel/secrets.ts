import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  hkdfSync,
  randomBytes,
  randomInt,
  timingSafeEqual,
} from "node:crypto";
import { keys, type SecretKey } from "./keys";
import { numbers } from "./numbers";

/** What a key is for; each purpose has a key of its own, derived with HKDF (RFC 5869). */
type KeyPurpose =
  | "seal"
  | "code"
  | "phone lookup"
  | "recovery lookup"
  | "recovery trial"
  | "pepper"
  | "cookie"
  | "answer"
  | "challenge"
  | "limit"
  | "device"
  | "row id"
  | "access pass"
  | "desk caller";

const derived = new Map<string, Buffer>();

function keyFor(key: SecretKey, purpose: KeyPurpose): Buffer {
  const cacheName = `${key.id} ${key.bytes.toString("base64")} ${purpose}`;
  let bytes = derived.get(cacheName);
  if (bytes === undefined) {
    bytes = Buffer.from(hkdfSync("sha256", key.bytes, "latchkey", purpose, 32));
    derived.set(cacheName, bytes);
  }
  return bytes;
}

function sealingKey(): SecretKey {
  const first = keys()[0];
  if (first === undefined) throw new Error("there is no key");
  return first;
}

/** Where a sealed value belongs. It opens nowhere else, so swapping rows in the database gains nothing (AT-136). */
export type SealContext = { readonly table: string; readonly row: string; readonly account: string };

const associated = (context: SealContext): Buffer =>
  Buffer.from(JSON.stringify([context.table, context.row, context.account]));

/** Seals text with AES-256-GCM: `keyId.base64url(nonce ‖ ciphertext ‖ tag)`. */
export function seal(plain: string, context: SealContext): string {
  const key = sealingKey();
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", keyFor(key, "seal"), nonce);
  cipher.setAAD(associated(context));
  const body = Buffer.concat([cipher.update(plain, "utf8"), cipher.final()]);
  return `${key.id}.${Buffer.concat([nonce, body, cipher.getAuthTag()]).toString("base64url")}`;
}

/**
 * Opens what `seal` sealed for the same place.
 *
 * @throws Error when the key is missing, the place is another one or a byte was changed: fail closed.
 */
export function open(sealed: string, context: SealContext): string {
  const dot = sealed.indexOf(".");
  const key = keys().find((candidate) => candidate.id === sealed.slice(0, dot));
  if (dot < 1 || key === undefined) throw new Error(`no key opens a value of ${context.table}`);
  const bytes = Buffer.from(sealed.slice(dot + 1), "base64url");
  if (bytes.length < 28) throw new Error(`a sealed value of ${context.table} is cut short`);
  const decipher = createDecipheriv("aes-256-gcm", keyFor(key, "seal"), bytes.subarray(0, 12));
  decipher.setAAD(associated(context));
  decipher.setAuthTag(bytes.subarray(-16));
  return Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]).toString("utf8");
}

// One block of AES: a serial number beside the first half of its account's id.
const ROW_ID_SHAPE = /^[0-9a-f]{32}$/;
const accountHalf = (account: string): Buffer => Buffer.from(account.replaceAll("-", "").slice(0, 16), "hex");

/**
 * The serial number of a row as an address shows it: always the same for a row, and without the key no telling what the
 * number is, so nobody reads from it how much happens on the site.
 */
export function sealRowId(id: string, account: string): string {
  const block = Buffer.alloc(16);
  accountHalf(account).copy(block);
  block.writeBigUInt64BE(BigInt(id), 8);
  const cipher = createCipheriv("aes-256-ecb", keyFor(sealingKey(), "row id"), null).setAutoPadding(false);
  return Buffer.concat([cipher.update(block), cipher.final()]).toString("hex");
}

/** The serial number that `sealRowId` hid for this account; undefined for anything else. */
export function openRowId(text: string, account: string): string | undefined {
  if (!ROW_ID_SHAPE.test(text)) return undefined;
  for (const key of keys()) {
    const decipher = createDecipheriv("aes-256-ecb", keyFor(key, "row id"), null).setAutoPadding(false);
    const block = Buffer.concat([decipher.update(Buffer.from(text, "hex")), decipher.final()]);
    if (block.subarray(0, 8).equals(accountHalf(account))) return block.readBigUInt64BE(8).toString();
  }
  return undefined;
}

const mac = (key: SecretKey, purpose: KeyPurpose, parts: readonly string[]): string =>
  // JSON keeps ["a","bc"] and ["ab","c"] apart.
  createHmac("sha256", keyFor(key, purpose)).update(JSON.stringify(parts)).digest("base64url");

/** HMAC-SHA-256 of `parts` with the newest key, as `keyId.base64url`. */
export function keyedHash(purpose: KeyPurpose, parts: readonly string[]): string {
  const key = sealingKey();
  return `${key.id}.${mac(key, purpose, parts)}`;
}

/** The same hash under every key, newest first: what a look-up must compare with after a rotation. */
export function keyedHashes(purpose: KeyPurpose, parts: readonly string[]): string[] {
  return keys().map((key) => `${key.id}.${mac(key, purpose, parts)}`);
}

/** The first byte of a keyed hash, in hex: enough to find the few that may fit, and it says nothing of what was hashed. */
export const firstByteOf = (hash: string): string =>
  Buffer.from(hash.slice(hash.indexOf(".") + 1), "base64url")
    .subarray(0, 1)
    .toString("hex");

/** Whether `hash` is the keyed hash of `parts`, in constant time, under whichever key made it. */
export function isKeyedHash(hash: string, purpose: KeyPurpose, parts: readonly string[]): boolean {
  return keyedHashes(purpose, parts).some((candidate) => isSame(candidate, hash));
}

/** The pepper for password hashes under a key id; undefined when that key is gone. */
export function pepper(keyId?: string): { readonly keyId: string; readonly bytes: Buffer } | undefined {
  const key = keyId === undefined ? sealingKey() : keys().find((candidate) => candidate.id === keyId);
  return key === undefined ? undefined : { keyId: key.id, bytes: keyFor(key, "pepper") };
}

/** A key for next-auth's own secrets (its CSRF cookie), from the newest key. */
export const cookieSecret = (): string => keyFor(sealingKey(), "cookie").toString("base64url");

/** Compares two texts without telling by time where they differ. */
export function isSame(left: string, right: string): boolean {
  const a = createHash("sha256").update(left).digest();
  const b = createHash("sha256").update(right).digest();
  return timingSafeEqual(a, b);
}

/** A token of 256 random bits, base64url. Only its `hashToken` is stored. */
export const randomToken = (): string => randomBytes(numbers.token.bytes).toString("base64url");

/** SHA-256 of a token, hex. A token of 256 bits needs no slow hash. */
export const hashToken = (token: string): string => createHash("sha256").update(token).digest("hex");

/** A number of `digits` decimal digits, leading zeros kept, from the system's generator. */
export const randomDigits = (digits: number): string =>
  randomInt(0, 10 ** digits)
    .toString()
    .padStart(digits, "0");

/** `count` different places of `among`, counted from 1, in order, from the system's generator. */
export function randomPlaces(count: number, among: number): number[] {
  const places = new Set<number>();
  while (places.size < count) places.add(randomInt(1, among + 1));
  return [...places].sort((left, right) => left - right);
}

const base32Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** `count` random characters of the base32 alphabet (RFC 4648), 5 bits each. */
export function randomBase32(count: number): string {
  let text = "";
  for (const byte of randomBytes(count)) text += base32Alphabet[byte & 31];
  return text;
}
