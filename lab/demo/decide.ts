import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import type { State } from "../../src/model/decision.ts";
import { formatDuration } from "../../src/model/format.ts";
import { MINUTE, SECOND } from "../../src/model/time.ts";
import { outgrow } from "../outgrow.ts";
import { holdConnections, startVisitors } from "../room/load.ts";
import { type Room, startRoom } from "../room/room.ts";
import { type TempFolder, tempFolder } from "../temp.ts";
import { waitFor } from "../waitFor.ts";
import { chapter, say, show } from "./stage.ts";

const SUSTAINED = 20 * SECOND;
const INTRODUCTION = `outgrow demo: one host on its way to being too small.
Real servers run on this machine: PostgreSQL, Redis, a Celery worker, a web service, Prometheus and its exporters.
Shortened is the clock of the rule only: sustained means ${formatDuration(SUSTAINED)} instead of 30 min, evaluated every second
instead of every minute. The web service counts under Traefik's metric names. There is no Kubernetes here, so what
only it can tell is without data. CPU and memory of this machine are shown but not judged: its other work is not the demo's.
`;

/** Drives a room of real servers over two thresholds and shows what outgrow makes of it; fails when that is not as announced. */
export async function decide(): Promise<void> {
  say(INTRODUCTION);
  const started = Date.now();
  using folder = tempFolder("demo");
  await using room = await startRoom();
  const config = writeConfig(folder, room);
  say(`The servers are up after ${formatDuration(Date.now() - started)}.\n`);
  await using _visitors = startVisitors(room.web.origin, 5, 100);
  const began = new Date();

  chapter("1  Visitors come, nothing is near its threshold");
  await reach("ok", config);

  chapter("2  More web processes: 43 connections held of 60, above Watch (40)");
  await using _pools = await holdConnections(room.postgres.url, 43);
  await reach("watch", config);

  chapter("3  Still more, and a kiln too slow for its queue: two signals above Act");
  await using _morePools = await holdConnections(room.postgres.url, 9);
  await room.celery.enqueue(400, 0.5);
  await reach("act", config);

  chapter("4  The same rule over what Prometheus has recorded");
  await replay(config, began);
  say(`\nEvery state was as announced, in ${Math.round((Date.now() - started) / SECOND)} s.`);
}

const NEVER = { watch: "100%", act: "100%" };

function writeConfig(folder: TempFolder, room: Room): string {
  const file = join(folder.path, "outgrow.yaml");
  const config = {
    version: 1,
    cluster: { name: "demo" },
    metrics: { prometheus: { url: room.prometheus.origin } },
    trigger: { atLeast: 2, sustained: "20s", interval: "1s" },
    signals: { "node-cpu": NEVER, "node-memory": NEVER },
    workloads: { web: { deployment: "default/glaze-web" } },
  };
  writeFileSync(file, stringify(config));
  return file;
}

const EXIT_CODES: Readonly<Record<State, number>> = { ok: 0, watch: 10, act: 20, blind: 30 };

/** Waits for the state, then shows the check as a person would see it. */
async function reach(state: State, config: string): Promise<void> {
  const seen = await waitFor(
    `the state ${state}`,
    async () => {
      const { stdout } = await outgrow(["check", "--json", "--config", config]);
      return (JSON.parse(stdout) as { readonly state: State }).state === state ? true : undefined;
    },
    MINUTE,
  );
  const code = seen ? await show(["check", "--exit-code"], config) : 1;
  if (code !== EXIT_CODES[state])
    throw new Error(`check ended with ${code}, not with ${EXIT_CODES[state]} for ${state}.`);
}

async function replay(config: string, began: Date): Promise<void> {
  const from = ["--from", began.toISOString()];
  await show(["backtest", ...from], config);
  const { stdout } = await outgrow(["backtest", ...from, "--json", "--config", config]);
  const { episodes } = JSON.parse(stdout) as {
    readonly episodes: readonly { readonly signals: readonly string[] }[];
  };
  const signals = episodes.map((episode) => episode.signals.toSorted().join(" "));
  if (signals.join() !== "celery-depth postgres-connections") {
    throw new Error(
      `The backtest should show one episode of celery-depth and postgres-connections, not: ${signals}`,
    );
  }
}
