import { availableParallelism } from "node:os";
import { beforeEach, expect, test, vi } from "vitest";
import { numbers } from "@/lib/kernel/numbers";

const verify = vi.hoisted(() => vi.fn(async (_hash: string, password: string) => password === "right"));
const hash = vi.hoisted(() =>
  vi.fn(
    async (password: string) => `$argon2id$v=19$m=19456,t=2,p=1$${Buffer.from(password).toString("hex")}`,
  ),
);
vi.mock("@node-rs/argon2", () => ({ hash, verify }));

const load = async () => {
  vi.resetModules();
  vi.stubEnv("SECRET_KEYS", `k1:${Buffer.alloc(32, 7).toString("base64")}`);
  const shared = globalThis as { latchkeyHashing?: unknown };
  shared.latchkeyHashing = undefined;
  return import("./hashing");
};

beforeEach(() => {
  hash.mockClear();
  verify.mockClear();
});

test("an unknown address costs one comparison, as a known one does, from the first on, and is never right (AT-107)", async () => {
  const { isPassword } = await load();
  expect(await isPassword("right", undefined)).toBe(false);
  expect([verify.mock.calls.length, hash.mock.calls.length]).toEqual([1, 0]);
  verify.mockClear();
  expect(await isPassword("right", "k1$argon2id$v=19$m=19456,t=2,p=1$00")).toBe(true);
  expect([verify.mock.calls.length, hash.mock.calls.length]).toEqual([1, 0]);
});

test("a full waiting line tells known from unknown addresses neither then nor afterwards (AT-106)", async () => {
  const { BusyError, isPassword } = await load();
  const known = "k1$argon2id$v=19$m=19456,t=2,p=1$00";
  const release: (() => void)[] = [];
  verify.mockImplementation(async (_hash, password) => {
    await new Promise<void>((resolve) => release.push(resolve));
    return password === "right";
  });
  const waiting = Array.from({ length: availableParallelism() + numbers.passwordHash.maxWaiting }, () =>
    isPassword("right", known),
  );
  await expect(isPassword("right", known)).rejects.toBeInstanceOf(BusyError);
  await expect(isPassword("right", undefined)).rejects.toBeInstanceOf(BusyError);
  verify.mockImplementation(async (_hash, password) => password === "right");
  while (release.length > 0) {
    for (const go of release.splice(0)) go();
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  expect((await Promise.all(waiting)).every((isRight) => isRight)).toBe(true);
  expect(await isPassword("right", undefined)).toBe(false);
});

test("a password whose pepper is gone is wrong, never right (AT-139)", async () => {
  const { isPassword } = await load();
  expect(await isPassword("right", "gone$argon2id$v=19$m=19456,t=2,p=1$00")).toBe(false);
});

test("what an unknown address is compared with is a hash like any other to the package, and takes the same work (AT-107)", async () => {
  const { hashPassword, isPassword } = await load();
  const real = await vi.importActual<typeof import("@node-rs/argon2")>("@node-rs/argon2");
  verify.mockImplementation(real.verify as unknown as typeof verify);
  hash.mockImplementation(real.hash as unknown as typeof hash);
  expect(await isPassword("right", undefined)).toBe(false);
  const stored = await hashPassword("right");
  expect(await isPassword("right", stored)).toBe(true);
  const [unknown, known] = verify.mock.calls.map(([compared]) => compared.split("$"));
  expect(unknown?.slice(0, 4)).toEqual(known?.slice(0, 4));
  expect(unknown?.map((part) => part.length)).toEqual(known?.map((part) => part.length));
});
