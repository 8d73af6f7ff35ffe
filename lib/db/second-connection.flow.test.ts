import { afterAll, describe, expect, it } from "vitest";
import { asSomebodyElse, closePool, db, inTransaction, query, within } from ".";

afterAll(closePool);

const one = () => query<{ one: number }>("t_one", "SELECT 1 AS one", []);

describe("a transaction has its one connection", () => {
  it.each<[string, () => Promise<unknown>]>([
    ["a query of its own", one],
    ["Prisma's own read", () => db().limit.count()],
    ["a transaction inside of it", () => inTransaction((tx) => tx.limit.count())],
  ])("and %s that asks for a second one is thrown out, here where it is tested", async (_what, ask) => {
    await expect(inTransaction(ask)).rejects.toThrow("second connection");
    await expect(ask()).resolves.toBeDefined();
  });

  it("what is asked with it is asked by it, and what others do meanwhile is theirs", async () => {
    const answers = await inTransaction(async (tx) => [
      await within(tx)<{ one: number }>("t_one", "SELECT 1 AS one", []),
      await asSomebodyElse(one),
    ]);
    expect(answers).toEqual([[{ one: 1 }], [{ one: 1 }]]);
  });
});
