import type { Database } from "../../src/postgres/database.ts";
import type { MoveOrder } from "../../src/postgres/move/order.ts";

/** Stands between the product and a server: `ask` puts the question, or does something else first, or never. */
export type Between = (sql: string, ask: () => Promise<unknown>) => Promise<unknown>;

/** The same order with every statement of every session passing by. */
export function interposed(order: MoveOrder, between: Between): MoveOrder {
  return {
    ...order,
    connect: async (endpoint) => {
      const database = await order.connect(endpoint);
      const passing: Database = {
        place: database.place,
        query: async <Row extends object>(sql: string, values?: readonly unknown[]) =>
          (await between(sql, () => database.query<Row>(sql, values))) as readonly Row[],
        script: async (sql) => {
          await between(sql, () => database.script(sql));
        },
        [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
      };
      return passing;
    },
  };
}
