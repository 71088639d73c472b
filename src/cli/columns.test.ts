import assert from "node:assert/strict";
import { test } from "node:test";
import { layOut } from "./columns.ts";

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
