import assert from "node:assert/strict";
import { test } from "node:test";
import { failuresOf, GLAZE, readSignalCases } from "../../test/signalCases.ts";
import { CATALOGUE, definitionOf } from "./catalogue.ts";

/** Every source of every signal, as PromQL over series: `<id>.cases.yaml` beside the definitions. */
for (const definition of CATALOGUE) {
  const cases = readSignalCases(definition.id);

  test(`${definition.id}: its ${cases.length} cases`, async (t) => {
    const failures = await failuresOf(definition, cases);
    if (failures === "") return;
    for (const each of cases) {
      await t.test(each.name, async () => assert.equal(await failuresOf(definition, [each]), ""));
    }
    assert.fail(failures);
  });

  test(`${definition.id}: every kind of source has a case`, () => {
    const options = { match: {}, of: 60, queue: "celery", minRequests: 0 };
    const scopes = [GLAZE, { ...GLAZE, web: null, worker: null }];
    const sources = scopes.flatMap((scope) => definition.sources(scope, options, 3_600_000));
    // One function builds both percentiles.
    const all = definition.id === "latency-p99" ? [...cases, ...readSignalCases("latency-p95")] : cases;
    const tried = new Set(all.map(({ source }) => kindOf(source)));
    assert.deepEqual(
      [...new Set(sources.map(({ id }) => kindOf(id)))].filter((kind) => !tried.has(kind)),
      [],
    );
  });
}

/** Spellings of one exporter's labels and names are built by one function and need one case. */
function kindOf(source: string): string {
  return source.replaceAll(/-(exported|native|unsuffixed|duration|of-deployment|of-job)(?=-|$)/g, "");
}

test("a case that expects something else is noticed", async () => {
  const definition = definitionOf("redis-memory");
  const [first] = readSignalCases("redis-memory");
  assert.ok(definition !== null && first !== undefined && typeof first.expect === "number");
  const wrong = await failuresOf(definition, [{ ...first, expect: first.expect + 0.001 }]);
  assert.match(wrong, /FAILED/);
});

test("hostile names stay names", async () => {
  const name = `a"b\\c.*{}'`;
  const scope = {
    web: { namespace: name, name, container: name, service: name },
    worker: { namespace: name, name, container: null, service: null },
    match: { cluster: name },
  };
  const options = { queue: name, match: { env: "=~a|b.*" } };
  for (const definition of CATALOGUE) {
    const sources = definition.sources(
      { ...GLAZE, ...scope },
      { of: 60, minRequests: 1, ...options },
      3_600_000,
    );
    const cases = sources.map(({ id, reading }) => ({
      name: id,
      source: id,
      scope,
      options,
      series: [],
      at: "10m",
      expect: "none" as const,
      ...(reading.kind === "value" ? {} : { bound: 0.5 }),
    }));
    assert.equal(await failuresOf(definition, cases), "", definition.id);
  }
});
