import { test } from "node:test";
import { surviveSteps } from "./surviveSteps.ts";

test("backup, node-address, k3s-config, node-prepare, killed on their way: on to their end, or back to their start", (t) =>
  surviveSteps(t, { from: 0, to: 4 }));
