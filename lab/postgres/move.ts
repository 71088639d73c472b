import { openDatabase } from "../../src/postgres/database.ts";
import type { MoveOrder } from "../../src/postgres/move/order.ts";
import { serverPrograms } from "../../src/postgres/shell.ts";
import { DEBIAN_BINARIES } from "./binaries.ts";
import type { LabPair, LabSide } from "./pair.ts";
import { localShell } from "./shell.ts";

/** Of this process alone: all tests share one host, and its timers are found by the move they belong to. */
export const MOVE_ID = `lab${process.pid}`;

/** The order to move the database `glaze` of a pair, with the limits a test can wait for. */
export function moveOrder(pair: LabPair, changes: Partial<MoveOrder> = {}): MoveOrder {
  return {
    id: MOVE_ID,
    database: "glaze",
    source: side(pair.source),
    target: side(pair.target),
    driver: "subscription",
    onlineMigration: null,
    canReturn: true,
    demand: { steady: 0, peak: 0, parts: [] },
    holdLimitMs: 20_000,
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

function side({ admin, dial }: LabSide): MoveOrder["source"] {
  const { host, port } = dial;
  return { admin, dial, programs: serverPrograms([], { folder: DEBIAN_BINARIES, host, port }) };
}
