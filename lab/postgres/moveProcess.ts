import { json } from "node:stream/consumers";
import { keepHeapSmall } from "../../src/cli/smallHeap.ts";
import { digitalOceanMigration } from "../../src/clouds/digitalOceanMigration.ts";
import type { OnlineMigration } from "../../src/model/onlineMigration.ts";
import { Secret } from "../../src/model/secret.ts";
import { openDatabase } from "../../src/postgres/database.ts";
import type { Endpoint } from "../../src/postgres/endpoint.ts";
import { finish } from "../../src/postgres/move/finish.ts";
import { bringBack, carryOver } from "../../src/postgres/move/move.ts";
import type { MoveOrder, Side } from "../../src/postgres/move/order.ts";
import { serverPrograms } from "../../src/postgres/shell.ts";
import { clientsOf } from "./binaries.ts";
import { tell } from "./configFile.ts";
import { isDeed } from "./deed.ts";
import { interposed } from "./interposed.ts";
import type { CloudText, MoveOrderText, SideText } from "./movingProcess.ts";
import { localShell } from "./shell.ts";

/**
 * A move in a process of its own, that can be killed: the order comes on stdin, news go to stdout. It kills itself
 * with SIGKILL before or after the `dieAt`th thing it does to the world, counted over both servers, host and application.
 */
keepHeapSmall();
await main((await json(process.stdin)) as MoveOrderText);

async function main(text: MoveOrderText): Promise<void> {
  const counter = createCounter(text.dieAt);
  const order = interposed(orderOf(text, counter), (sql, ask) =>
    isDeed(sql) ? counter.deed(sql, ask) : ask(),
  );
  try {
    await { carryOver, bringBack, finish }[text.verb](order);
    process.stdout.write(`${JSON.stringify({ kind: "end", deeds: counter.deeds() })}\n`);
  } catch (error) {
    process.stdout.write(`${JSON.stringify({ kind: "error", message: String(error) })}\n`);
    process.exitCode = 1;
  }
}

function orderOf(text: MoveOrderText, counter: Counter): MoveOrder {
  const clients = clientsOf(text.sourceMajor);
  return {
    id: text.id,
    database: text.database,
    source: sideOf(text.source, clients),
    target: sideOf(text.target, clients),
    driver: text.driver,
    onlineMigration: text.cloud === null ? null : migrationOf(text.cloud, counter),
    canReturn: true,
    demand: { steady: 0, peak: 0, parts: [] },
    holdLimitMs: text.holdLimitMs,
    homeHoldLimitMs: text.homeHoldLimitMs,
    copyLimitMs: 600_000,
    stallLimitMs: 30_000,
    application: {
      pointAt: (side) => counter.deed("point the application", async () => tell(text.configFile, side)),
    },
    shell: (command) =>
      command.effect === "reads" ? localShell(command) : counter.deed("a command", () => localShell(command)),
    connect: openDatabase,
    tell: (news) => process.stdout.write(`${JSON.stringify(news)}\n`),
    now: () => performance.now(),
  };
}

function migrationOf({ origin, token, databaseId }: CloudText, counter: Counter): OnlineMigration {
  const migration = digitalOceanMigration(
    { origin, token: new Secret(token), timeoutMs: 10_000 },
    databaseId,
  );
  return {
    ...migration,
    start: (source) => counter.deed("start the migration", () => migration.start(source)),
    stop: (id) => counter.deed("stop the migration", () => migration.stop(id)),
  };
}

function sideOf({ admin, dial }: SideText, folder: string): Side {
  const { host, port } = dial;
  const endpoint: Endpoint = { ...admin, password: new Secret(admin.password) };
  return { admin: endpoint, dial, programs: serverPrograms([], { folder, host, port }) };
}

interface Counter {
  deed<T>(what: string, act: () => Promise<T>): Promise<T>;
  deeds(): number;
}

/** Even numbers die before the deed, odd ones after it. */
function createCounter(dieAt: number | null): Counter {
  let at = 0;
  const mayDie = () => {
    if (at++ === dieAt) process.kill(process.pid, "SIGKILL");
  };
  return {
    async deed(_, act) {
      mayDie();
      const result = await act();
      mayDie();
      return result;
    },
    deeds: () => at,
  };
}
