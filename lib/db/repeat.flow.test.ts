import { randomUUID } from "node:crypto";
import { afterAll, expect, it } from "vitest";
import { makePerson } from "@/e2e/fixtures/people";
import { closePool, db, inTransaction, type Transaction } from ".";
import { codeOf } from "./codes";

afterAll(closePool);

/** Both have locked the first of theirs before either asks for the other's. */
function meeting(): () => Promise<void> {
  let come = 0;
  let open: () => void = () => undefined;
  const both = new Promise<void>((resolve) => {
    open = resolve;
  });
  return () => {
    come += 1;
    if (come === 2) open();
    return both;
  };
}

it.each([
  [
    "raw statements",
    (tx: Transaction, id: string) =>
      tx.$executeRaw`UPDATE "Account" SET "failuresInRow" = "failuresInRow" + 1 WHERE "id" = ${id}::uuid`,
  ],
  [
    "Prisma's own",
    (tx: Transaction, id: string) =>
      tx.account.update({ where: { id }, data: { failuresInRow: { increment: 1 } } }),
  ],
])("two transactions that wait for each other are both done in the end, each once: %s", async (_how, add) => {
  const [one, other] = await Promise.all([makePerson(), makePerson()]);
  const meet = meeting();
  const through = (first: string, second: string) =>
    inTransaction(async (tx) => {
      await add(tx, first);
      await meet();
      await add(tx, second);
    });
  await Promise.all([through(one.id, other.id), through(other.id, one.id)]);
  const rows = await db().account.findMany({ where: { id: { in: [one.id, other.id] } } });
  expect(rows.map(({ failuresInRow }) => failuresInRow)).toEqual([2, 2]);
});

it("what a statement was refused for is no reason to do it again", async () => {
  let turns = 0;
  const error = await inTransaction((tx) => {
    turns += 1;
    return tx.$executeRaw`INSERT INTO "FormerNumber" ("accountId", "identity", "since", "removedAt")
      VALUES (${randomUUID()}::uuid, 'x', now(), now())`;
  }).catch((one: unknown) => one);
  expect([turns, codeOf(error)]).toEqual([1, "23503"]);
});
