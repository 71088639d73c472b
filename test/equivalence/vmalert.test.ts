import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import fc from "fast-check";
import { startPrometheus } from "../../lab/prometheus.ts";
import { tempFolder } from "../../lab/temp.ts";
import { startVictoriaMetrics } from "../../lab/victoriaMetrics.ts";
import { waitFor } from "../../lab/waitFor.ts";
import { CLUSTER_LABEL } from "../../src/compile/names.ts";
import { compilePrometheus } from "../../src/compile/prometheus.ts";
import { createPrometheus } from "../../src/metrics/client.ts";
import { readHistory } from "../../src/metrics/readHistory.ts";
import { instantAt } from "../../src/model/time.ts";
import { engineAnswers } from "./engine.ts";
import { NOW, named, ODD_DAYS, seriesOf, type World, worlds } from "./world.ts";

const COUNT = process.env.OUTGROW_LONG === undefined ? 6 : 60;
/** All on one day, because one replay has one range of time. */
const DAY = ODD_DAYS.filter(({ timeZone }) => timeZone === "America/New_York").slice(0, 1);

/** vmalert's replay of the exported rules fires for the same signals at the same instants. */
test(`${COUNT} worlds: the engine's episodes are those of vmalert's replay`, async () => {
  const sampled = fc.sample(worlds(DAY), { numRuns: COUNT, seed: 8 });
  const all = sampled.map((world, index) => named(world, `w${index}`));
  const history = all.flatMap((world, index) => seriesOf(world, `w${index}`));
  using folder = tempFolder("vmalert");
  await using prometheus = await startPrometheus({ history });
  await using store = await startVictoriaMetrics();
  const files = all.map((world, index) => ruleFile(folder.path, world, `w${index}`));
  await replay(files, all[0] as World, prometheus.origin, store.origin);
  const fired = await firedAlerts(store.origin);
  const access = {
    url: prometheus.origin,
    username: null,
    password: null,
    bearer: null,
    headers: {},
    caFile: null,
  };
  const api = createPrometheus({ ...access, timeoutMs: 60_000 }, { warn: (said) => assert.fail(said) });
  let compared = 0;
  for (const [index, world] of all.entries()) {
    const { history: read } = await readHistory(api, world.instruments, world.grid);
    const { sustained } = engineAnswers(world, read);
    for (const [key, instants] of sustained) {
      assert.deepEqual(fired.get(`w${index} ${key}`), instants, `w${index} ${key}`);
      compared += instants.length;
    }
    const expected = [...sustained.keys()].map((key) => `w${index} ${key}`).sort();
    assert.deepEqual([...fired.keys()].filter((key) => key.startsWith(`w${index} `)).sort(), expected);
  }
  assert.ok(compared > 50, `${compared} instants`);
});

function ruleFile(folder: string, { rule, instruments }: World, name: string): string {
  const input = {
    clusterName: name,
    rule,
    instruments,
    unmeasured: [],
    dialect: "vmalert",
    now: NOW,
  } as const;
  const file = join(folder, `${name}.yml`);
  const compiled = compilePrometheus(input).find(({ path }) => path.endsWith(".rules.yml"));
  writeFileSync(file, compiled?.text ?? "");
  return file;
}

/** The flags without which Debian's 1.79 answers wrongly; see docs/prometheus.md. */
async function replay(
  files: readonly string[],
  { grid }: World,
  source: string,
  target: string,
): Promise<void> {
  const child = spawn("vmalert", [
    ...files.map((file) => `-rule=${file}`),
    `-datasource.url=${source}`,
    `-remoteWrite.url=${target}`,
    "-remoteWrite.flushInterval=1s",
    `-replay.timeFrom=${new Date(grid.from).toISOString()}`,
    `-replay.timeTo=${new Date(instantAt(grid, grid.count - 1)).toISOString()}`,
    "-datasource.queryStep=1m",
    "-replay.maxDatapointsPerQuery=10000",
    "-replay.rulesDelay=0s",
    "-replay.disableProgressBar",
    "-httpListenAddr=127.0.0.1:0",
  ]);
  const [said, [code]] = await Promise.all([text(child.stderr), once(child, "close")]);
  assert.equal(code, 0, said);
}

interface ExportedSeries {
  readonly metric: Readonly<Record<string, string>>;
  readonly timestamps: readonly number[];
}

/** `cluster signal level` → the instants at which the alert fired, once they no longer grow. */
async function firedAlerts(origin: string): Promise<ReadonlyMap<string, readonly number[]>> {
  let before = "";
  const exported = await waitFor("the replayed alerts", async () => {
    const query = new URLSearchParams({
      "match[]": 'ALERTS{alertname="OutgrowSignalSustained",alertstate="firing"}',
    });
    await fetch(`${origin}/internal/force_flush`);
    const lines = (await (await fetch(`${origin}/api/v1/export?${query}`)).text()).trim().split("\n");
    const now = lines.sort().join("\n");
    const isSettled = now !== "" && now === before;
    before = now;
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    return isSettled ? now : undefined;
  });
  const series = exported
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as ExportedSeries);
  const pairs = series.map(({ metric, timestamps }) => {
    const key = [metric[CLUSTER_LABEL], metric.signal, metric.level].join(" ");
    return [key, [...timestamps].sort((a, b) => a - b)] as const;
  });
  return new Map(pairs);
}
