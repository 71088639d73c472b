import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { startPrometheus } from "../../lab/prometheus.ts";
import { hoursExpression } from "../../src/compile/hours.ts";
import { levelExpression } from "../../src/compile/level.ts";
import { stateExpression } from "../../src/compile/pure.ts";
import { createPrometheus } from "../../src/metrics/client.ts";
import { readHistory } from "../../src/metrics/readHistory.ts";
import type { Grid } from "../../src/model/time.ts";
import { engineAnswers } from "./engine.ts";
import { NOW, named, seriesOf, type World, worlds } from "./world.ts";

const COUNT = process.env.OUTGROW_LONG === undefined ? 60 : 2_000;

/** The engine and a live Prometheus read the same series; what they make of them must be the same, instant by instant. */
test(`${COUNT} worlds: the engine says what a live Prometheus says`, async (t) => {
  const sampled = fc.sample(worlds(), { numRuns: COUNT, seed: 3 });
  const all = sampled.map((world, index) => named(world, `w${index}`));
  const history = all.flatMap((world, index) => seriesOf(world, `w${index}`));
  await using prometheus = await startPrometheus({ history });
  const api = apiOf(prometheus.origin);
  const seen = [0, 0, 0, 0];
  for (const [index, world] of all.entries()) {
    const { history: read } = await readHistory(api, world.instruments, world.grid);
    const engine = engineAnswers(world, read);
    const ask = (expr: string) => values(api, expr, world.grid);
    const where = `world ${index}`;
    const input = { ...compileInput(world) };
    assert.deepEqual(
      await ask(hoursExpression(world.rule.trigger.hours, NOW).expr),
      engine.open,
      `${where}: hours`,
    );
    for (const [signal, instrument] of world.instruments.entries()) {
      assert.deepEqual(
        await ask(levelExpression(instrument)),
        engine.levels[signal],
        `${where}: level of ${signal}`,
      );
    }
    assert.deepEqual(await ask(stateExpression(input)), engine.states, `${where}: state`);
    for (const state of engine.states) seen[state] = (seen[state] ?? 0) + 1;
  }
  t.diagnostic(`instants at ok, watch, act, blind: ${seen.join(", ")}`);
  // A comparison that never met a state would prove nothing about it.
  assert.ok(
    seen.every((count) => count > COUNT),
    String(seen),
  );
});

test("a shifted threshold, a shifted hour and one evaluation more are noticed", async () => {
  const sampled = fc
    .sample(worlds(), { numRuns: 10, seed: 4 })
    .map((world, index) => named(world, `w${index}`));
  const history = sampled.flatMap((world, index) => seriesOf(world, `w${index}`));
  await using prometheus = await startPrometheus({ history });
  const api = apiOf(prometheus.origin);
  const noticed = { threshold: 0, hours: 0, sustained: 0 };
  for (const world of sampled) {
    const { history: read } = await readHistory(api, world.instruments, world.grid);
    const { states } = engineAnswers(world, read);
    const differs = async (changed: World) => {
      const answer = await values(api, stateExpression(compileInput(changed)), world.grid);
      return answer.some((state, index) => state !== states[index]);
    };
    const { trigger } = world.rule;
    const hours = { ...trigger.hours, from: trigger.hours.from + 30 };
    if (await differs(withTrigger(world, { sustainedMs: trigger.sustainedMs + trigger.intervalMs })))
      noticed.sustained++;
    if (await differs(withTrigger(world, { hours }))) noticed.hours++;
    if (await differs(withThresholds(world))) noticed.threshold++;
  }
  assert.ok(
    Object.values(noticed).every((count) => count > 0),
    JSON.stringify(noticed),
  );
});

function withTrigger(world: World, change: Partial<World["rule"]["trigger"]>): World {
  return { ...world, rule: { ...world.rule, trigger: { ...world.rule.trigger, ...change } } };
}

function withThresholds(world: World): World {
  const instruments = world.instruments.map((instrument) => ({
    ...instrument,
    signal: { ...instrument.signal, act: instrument.signal.act === null ? null : instrument.signal.act + 1 },
  }));
  return { ...world, instruments, rule: { ...world.rule, signals: instruments.map(({ signal }) => signal) } };
}

function compileInput({ rule, instruments }: World) {
  return {
    clusterName: "world",
    rule,
    instruments,
    unmeasured: [],
    dialect: "prometheus",
    now: NOW,
  } as const;
}

type Api = ReturnType<typeof createPrometheus>;

function apiOf(origin: string): Api {
  const access = { url: origin, username: null, password: null, bearer: null, headers: {}, caFile: null };
  return createPrometheus({ ...access, timeoutMs: 60_000 }, { warn: (text) => assert.fail(text) });
}

async function values(api: Api, expr: string, grid: Grid): Promise<readonly number[]> {
  const series = await api.queryRange(expr, grid);
  assert.ok(series.length <= 1, `${series.length} series from ${expr}`);
  return [...(series[0]?.values ?? new Float64Array(grid.count).fill(Number.NaN))];
}
