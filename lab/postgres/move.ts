import { openDatabase } from "../../src/postgres/database.ts";
import type { MoveOrder } from "../../src/postgres/move/order.ts";
import { serverPrograms } from "../../src/postgres/shell.ts";
import { clientsOf } from "./binaries.ts";
import type { LabPair, LabSide } from "./pair.ts";
import { localShell } from "./shell.ts";

/** Of this process alone: all tests share one host, and its timers are found by the move they belong to. */
export const MOVE_ID = `lab${process.pid}`;

/** The order to move the database `glaze` of a pair, with the limits a test can wait for. */
export function moveOrder(pair: LabPair, changes: Partial<MoveOrder> = {}): MoveOrder {
  const clients = clientsOf(pair.source.server.major);
  return {
    id: MOVE_ID,
    database: "glaze",
    source: side(pair.source, clients),
    target: side(pair.target, clients),
    driver: "subscription",
    onlineMigration: null,
    canReturn: true,
    demand: { steady: 0, peak: 0, parts: [] },
    holdLimitMs: 20_000,
    homeHoldLimitMs: 20_000,
    copyLimitMs: 120_000,
    stallLimitMs: 5_000,
    application: { pointAt: async () => undefined },
    shell: localShell,
    connect: openDatabase,
    tell: () => undefined,
    now: () => performance.now(),
    ...changes,
  };
}

/** The same where the target dials the source at another port: through a proxy. */
export function dialedAt(port: number, order: MoveOrder): MoveOrder {
  return { ...order, source: { ...order.source, dial: { ...order.source.dial, port } } };
}

function side({ admin, dial }: LabSide, folder: string): MoveOrder["source"] {
  const { host, port } = dial;
  return { admin, dial, programs: serverPrograms([], { folder, host, port }) };
}
