import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { openEnvelope } from "./envelope.ts";
import { collectSeries, parseSample } from "./samples.ts";
import { liftSamples } from "./sampleText.ts";

const GRID = { from: 1_761_000_000_000, step: 60_000, count: 4 };

/** What a client makes of an answer with these pairs, as JSON text. */
function valuesOf(pairs: string, metric = "{}"): readonly number[] {
  const body = `{"status":"success","data":{"resultType":"matrix","result":[{"metric":${metric},"values":${pairs}}]}}`;
  const collector = collectSeries(GRID);
  collector.add(openEnvelope({ status: 200, headers: {}, body }, "SERVER").data, "SERVER");
  return [...(collector.finish()[0]?.values ?? [])];
}

test("samples are lifted out of the text, whatever Go writes", () => {
  const pairs =
    '[[1761000000,"0.5"],[1761000060.000,"+Inf"],[1761000120,"-1.25e-07"],[1761000180,"12345678901234567890"]]';
  assert.equal(liftSamples(`{"values":${pairs}}`)?.text, '{"values":0}');
  assert.deepEqual(valuesOf(pairs), [
    0.5,
    Number.POSITIVE_INFINITY,
    -1.25e-7,
    Number("12345678901234567890"),
  ]);
});

test("another way of writing is read all the same", () => {
  const pairs = '[[1761000000, "0.5"], [1761000060,"\\u0031"]]';
  assert.equal(liftSamples(`{"values":${pairs}}`), null);
  assert.deepEqual(valuesOf(pairs).slice(0, 2), [0.5, 1]);
});

test("a label's text is never taken for samples", () => {
  const metric = JSON.stringify({ values: '"values":[[1,"2"]]', x: 'a"values":[[' });
  assert.deepEqual(valuesOf('[[1761000000,"7"]]', metric)[0], 7);
});

test("what is no sample is refused as before", () => {
  for (const pairs of ['[[1761000000,"x"]]', '[[1761000000,""]]', '[["1761000000","1"]]', "3", "null"]) {
    assert.throws(() => valuesOf(pairs), { code: "bad-answer" }, pairs);
  }
});

test("every number is the one that Number makes of it", () => {
  const text = fc.oneof(
    fc.double().map(String),
    fc.tuple(fc.nat(), fc.nat()).map(([whole, part]) => `${whole}.${part}`),
    fc.string({ unit: fc.constantFrom("0", "1", "9", ".", "e", "-", "+"), maxLength: 20 }),
  );
  fc.assert(
    fc.property(text, (written) => {
      const lifted = liftSamples(`{"values":[[1,"${written}"]]}`);
      const expected = parseSample(written);
      if (lifted === null) return;
      assert.ok(Object.is(lifted.samples[0]?.values[0], expected), `${written}: ${expected}`);
    }),
    { numRuns: 3_000, seed: 5 },
  );
});
