import type { Database } from "../../src/postgres/database.ts";
import type { Phase } from "../../src/postgres/move/news.ts";
import type { MoveOrder } from "../../src/postgres/move/order.ts";

/** Stands between the product and a server: `ask` puts the question, or does something else first, or never. */
export type Between = (sql: string, ask: () => Promise<unknown>) => Promise<unknown>;

/** The same order with a deed done once, when a phase begins; every question waits until it is done. */
export function whenIn(phase: Phase, order: MoveOrder, deed: () => Promise<void>): MoveOrder {
  let done: Promise<void> | null = null;
  const tell: MoveOrder["tell"] = (news) => {
    if (news.kind === "phase" && news.phase === phase) done ??= deed();
  };
  return interposed({ ...order, tell }, async (_, ask) => {
    await done;
    return ask();
  });
}

/** The same order with every statement of every session passing by. */
export function interposed(order: MoveOrder, between: Between): MoveOrder {
  return { ...order, connect: async (endpoint) => passing(await order.connect(endpoint), between) };
}

function passing(database: Database, between: Between): Database {
  return {
    place: database.place,
    query: async <Row extends object>(sql: string, values?: readonly unknown[]) =>
      (await between(sql, () => database.query<Row>(sql, values))) as readonly Row[],
    script: async (sql) => {
      await between(sql, () => database.script(sql));
    },
    knowing: async (secret) => passing(await database.knowing(secret), between),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}
