import { test } from "node:test";
import { surviveSteps } from "./surviveSteps.ts";

test("firewall-open, node-join, network-verify, node-open, killed on their way: on to their end, or back to their start", (t) =>
  surviveSteps(t, { from: 4, to: 9 }));
