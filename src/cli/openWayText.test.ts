import assert from "node:assert/strict";
import { test } from "node:test";
import { openWayText } from "./openWayText.ts";

const WAY = { stepId: "postgres-move/glaze", until: Date.parse("2026-11-24T19:00:00Z"), trouble: null };

test("until when a step is taken back, and what was wrong with its way", () => {
  const until = "postgres-move/glaze can be taken back until";
  assert.match(openWayText(WAY, "America/New_York"), new RegExp(`^${until} .*14:00 New York\\.$`));
  assert.match(
    openWayText({ ...WAY, trouble: "No row came." }, "America/New_York"),
    new RegExp(`^${until} .* But nothing came back when it was looked at: No row came\\.$`),
  );
  assert.equal(
    openWayText({ ...WAY, until: null }, "America/New_York"),
    "postgres-move/glaze has no way back.",
  );
});
