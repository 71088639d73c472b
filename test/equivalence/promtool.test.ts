import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { parse, stringify } from "yaml";
import { promtool } from "../../lab/promtool.ts";
import { tempFolder } from "../../lab/temp.ts";
import { CLUSTER_LABEL, STATE } from "../../src/compile/names.ts";
import { compilePrometheus } from "../../src/compile/prometheus.ts";
import { HOUR, MINUTE } from "../../src/model/time.ts";
import { engineAnswers } from "./engine.ts";
import { NOW, type World, worlds } from "./world.ts";

const COUNT = process.env.OUTGROW_LONG === undefined ? 20 : 600;
const EXPORTED = process.env.OUTGROW_LONG === undefined ? 3 : 80;

/** promtool's clock begins in 1970, when only zones without clock changes mean what they mean now. */
const EPOCH_DAYS = [
  { timeZone: "UTC", at: 21 * HOUR },
  { timeZone: "Asia/Kolkata", at: 16 * HOUR },
];

/** The rules as they are written, run by Prometheus' own state machine: `for`, ALERTS, stale markers. */
test(`${COUNT} worlds: the engine says what promtool makes of the exported rules`, async () => {
  for (const world of fc.sample(worlds(EPOCH_DAYS), { numRuns: COUNT, seed: 5 })) {
    const { code, stdout, stderr } = await check(world, statesOf(world));
    assert.equal(code, 0, `${stdout}${stderr}`);
  }
});

test("one state that differs is noticed", async () => {
  const [world] = fc.sample(worlds(EPOCH_DAYS), { numRuns: 1, seed: 5 });
  assert.ok(world !== undefined);
  const states = [...statesOf(world)];
  states[100] = ((states[100] ?? 0) + 1) % 4;
  const { code, stdout, stderr } = await check(world, states);
  assert.notEqual(code, 0);
  assert.match(`${stdout}${stderr}`, /FAILED/);
});

/** A gap in promtool's series is a stale marker, so the engine sees none of it either. */
function statesOf(world: World): readonly number[] {
  const columns = world.samples.map((column) => Float64Array.from(column, (value) => value ?? Number.NaN));
  return engineAnswers(world, { grid: world.grid, columns }).states;
}

async function check(world: World, states: readonly number[]) {
  using folder = tempFolder("promtool");
  const { rule, instruments } = world;
  const input = {
    clusterName: "world",
    rule,
    instruments,
    unmeasured: [],
    dialect: "prometheus",
    now: NOW,
  } as const;
  for (const { path, text } of compilePrometheus(input)) writeFileSync(join(folder.path, path), text);
  const file = join(folder.path, "states.yml");
  writeFileSync(file, stringify(testOf(world, states), { aliasDuplicateObjects: false, lineWidth: 0 }));
  const valid = await promtool(["check", "rules", join(folder.path, "outgrow.rules.yml")]);
  assert.equal(valid.code, 0, `${valid.stdout}${valid.stderr}`);
  return await promtool(["test", "rules", file]);
}

function testOf(world: World, states: readonly number[]): object {
  const lead = world.grid.from / MINUTE;
  const columns = world.instruments.flatMap(({ columns: all }) => all);
  return {
    rule_files: ["outgrow.rules.yml"],
    evaluation_interval: "1m",
    tests: [
      {
        interval: "1m",
        input_series: columns.map(({ expr }, index) => ({
          series: expr,
          values: `_x${lead} ${notation(world.samples[index] ?? [])}`,
        })),
        promql_expr_test: states.map((value, step) => ({
          expr: `${STATE}{${CLUSTER_LABEL}="world"}`,
          eval_time: `${lead + step}m`,
          exp_samples: [{ labels: `${STATE}{${CLUSTER_LABEL}="world"}`, value }],
        })),
      },
    ],
  };
}

function notation(values: readonly (number | null)[]): string {
  return values
    .map((value) => {
      if (value === null) return "stale";
      if (Number.isFinite(value)) return String(value);
      return Number.isNaN(value) ? "NaN" : "Inf";
    })
    .join(" ");
}

test("the tests that are exported with the rules pass, and fail with a changed rule", async () => {
  const sampled = fc.sample(worlds(EPOCH_DAYS), { numRuns: EXPORTED, seed: 6 });
  let tested = 0;
  for (const { rule, instruments } of sampled) {
    using folder = tempFolder("exported");
    const input = {
      clusterName: "glaze",
      rule,
      instruments,
      unmeasured: [],
      dialect: "prometheus",
      now: NOW,
    } as const;
    const files = compilePrometheus(input);
    for (const { path, text } of files) writeFileSync(join(folder.path, path), text);
    const tests = files.find(({ path }) => path.endsWith(".test.yml"));
    if (tests === undefined) continue;
    tested++;
    const file = join(folder.path, tests.path);
    const passed = await promtool(["test", "rules", file]);
    assert.equal(passed.code, 0, `${passed.stdout}${passed.stderr}\n${tests.text}`);
    writeFileSync(join(folder.path, "outgrow.rules.yml"), slower(files[0]?.text ?? ""));
    assert.notEqual((await promtool(["test", "rules", file])).code, 0, "a longer for: was not noticed");
  }
  assert.ok(tested > EXPORTED / 4, `${tested} tested`);
});

/** The same rules with every `for` a minute longer. */
function slower(text: string): string {
  const document = parse(text) as { groups: { rules: { for?: string }[] }[] };
  for (const { rules } of document.groups) {
    for (const rule of rules) if (rule.for !== undefined) rule.for = `${Number.parseInt(rule.for, 10) + 1}m`;
  }
  return stringify(document);
}
