import assert from "node:assert/strict";
import { test } from "node:test";
import { stripVTControlCharacters, styleText } from "node:util";
import { cutAt, layOut, shortened } from "./columns.ts";

test("columns line up by their own alignment, and nothing trails", () => {
  const rows = layOut(
    [
      ["signal", "now", "state"],
      ["node-cpu", "91 %", "Act"],
      ["x", "3m 12s", ""],
    ],
    ["left", "right", "left"],
  );
  assert.deepEqual(rows, ["signal       now  state", "node-cpu    91 %  Act", "x         3m 12s"]);
});

test("colour codes take no room", () => {
  const rows = layOut(
    [
      ["\u001b[31mred\u001b[39m", "1"],
      ["plain", "2"],
    ],
    ["left", "left"],
  );
  assert.deepEqual(rows, ["\u001b[31mred\u001b[39m    1", "plain  2"]);
});

const TEXT = "waiting for a new connection to glaze-worker-1, which takes the rules back in 30 s otherwise";

test("a text that is too long loses words of its middle", () => {
  const cases: readonly (readonly [number, string])[] = [
    [200, TEXT],
    [60, "waiting for a new connection to … back in 30 s otherwise"],
    [30, "waiting for a … 30 s otherwise"],
    [20, "waiting … otherwise"],
    [12, "waiting for…"],
    [0, ""],
  ];
  for (const [room, says] of cases) {
    assert.equal(shortened(TEXT, room), says);
    assert.ok(says.length <= room);
  }
});

test("a line is cut at its width: colour codes do not count, and none is left open", () => {
  const line = `${styleText("green", "done", { validateStream: false })} and more`;
  assert.equal(cutAt(line, 13), line);
  assert.equal(stripVTControlCharacters(cutAt(line, 12)), "done and mo…");
  assert.equal(stripVTControlCharacters(cutAt(line, 3)), "do…");
  assert.ok(cutAt(line, 3).endsWith("\u001b[39m…"));
});
