import assert from "node:assert/strict";
import { test } from "node:test";
import { createGlaze, inClosed, inMoved, labApplication } from "../../../lab/postgres/application.ts";
import { faultsOf } from "../../../lab/postgres/commits.ts";
import { copySender } from "../../../lab/postgres/copySender.ts";
import { moveOrder } from "../../../lab/postgres/move.ts";
import { type LabPair, startPair } from "../../../lab/postgres/pair.ts";
import { startWriters } from "../../../lab/postgres/writers.ts";
import { waitFor } from "../../../lab/waitFor.ts";
import { finishTarget } from "./finish.ts";
import { bringBack, carryOver } from "./move.ts";

const NEW_TABLE = "create table public.kilns (id int primary key, note text)";
const ROWS = "insert into public.kilns select g, repeat(md5(g::text), 20) from generate_series(1, 100000) g";

test("an old server that is lost while a new table comes home leaves no slot behind", async () => {
  await using pair = await startPair();
  await createGlaze(pair, "create table pots (id int primary key)");
  const application = labApplication(pair);
  const order = moveOrder(pair, { application });
  await using writers = startWriters({ endpoint: application.endpoint });
  await carryOver(order);
  await inMoved(pair, (client) => client.query(`set role glaze; ${NEW_TABLE}; ${ROWS}`));
  await inClosed(pair, order.id, (client) => client.query(`set role glaze; ${NEW_TABLE}`));
  const goingHome = bringBack(order).then(
    () => null,
    (error: unknown) => error,
  );
  const sender = await waitFor("the copy", () =>
    inMoved(pair, (client) => copySender(client, "public.kilns")),
  );
  process.kill(sender, "SIGSTOP");
  await pair.source.server.kill();
  process.kill(sender, "SIGCONT");
  assert.notEqual(await goingHome, null);
  assert.notEqual((await slotsOf(pair)).filter((name) => /_sync_/.test(name)).length, 0);
  await finishTarget(order);
  assert.deepEqual(await slotsOf(pair), []);
  await writers.more(5, "on the server that is left");
  const ledger = await writers.stop();
  assert.deepEqual(await inMoved(pair, (client) => faultsOf(client, ledger)), []);
});

function slotsOf(pair: LabPair): Promise<readonly string[]> {
  return inMoved(pair, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      "select slot_name as name from pg_replication_slots",
    );
    return rows.map(({ name }) => name);
  });
}
