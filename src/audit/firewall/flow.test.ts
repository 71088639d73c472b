import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAddress } from "./address.ts";
import { judgeFlow } from "./flow.ts";
import type { Packet } from "./packet.ts";
import { readRuleset } from "./ruleset.ts";
import { ruleText } from "./text.ts";

const vxlan: Packet = {
  inputDevice: "eth1",
  source: addressOf("10.116.0.3"),
  destination: addressOf("10.116.0.2"),
  protocol: "udp",
  sourcePort: 40_000,
  destinationPort: 8472,
  connection: "new",
};

const DROP = { drop: null };
const ACCEPT = { accept: null };
const PORT = { match: { op: "==", left: { payload: { protocol: "udp", field: "dport" } }, right: 8472 } };
const LIMIT = { limit: { rate: 10, burst: 5, per: "second" } };
const XT = { xt: { type: "match", name: "recent" } };

test("the rule that decided is told", () => {
  const { verdict, by } = judge([[PORT, ACCEPT], [DROP]]);
  assert.equal(verdict, "accept");
  assert.equal(by?.rule === null || by === null ? null : ruleText(by.rule), "udp dport 8472 accept");
});

test("a policy that decided is told", () => {
  const { verdict, by } = judge([[{ counter: { packets: 1, bytes: 1 } }]], "drop");
  assert.equal(verdict, "drop");
  assert.equal(by?.chain.name, "input");
  assert.equal(by?.rule, null);
});

test("no chain: nothing stands in the way", () => {
  assert.deepEqual(
    judgeFlow(rulesetOf([]), vxlan, () => "local"),
    { verdict: "accept", by: null, unknown: [] },
  );
});

test("what cannot be evaluated gives unknown with its text", () => {
  assert.deepEqual(unknownOf([[LIMIT, ACCEPT], [DROP]]), ['limit {"rate":10,"burst":5,"per":"second"}']);
  assert.deepEqual(unknownOf([[XT, DROP]]), ["xt match recent"]);
  assert.deepEqual(unknownOf([[{ newfangled: { a: 1 } }, DROP]]), ['newfangled {"a":1}']);
  assert.deepEqual(unknownOf([[{ queue: { num: 1 } }]]), ['queue {"num":1}']);
  assert.deepEqual(unknownOf([[{ jump: { target: "gone" } }]]), ["jump gone"]);
});

test("what cannot be evaluated does not matter when both ways end alike", () => {
  assert.equal(judge([[LIMIT, ACCEPT], [ACCEPT]], "drop").verdict, "accept");
  assert.equal(judge([[XT, { log: null }], [DROP]]).verdict, "drop");
});

test("a set that rules fill as packets come proves nothing", () => {
  const match = {
    match: { op: "==", left: { payload: { protocol: "ip", field: "saddr" } }, right: "@seen" },
  };
  const set = { set: { family: "inet", table: "t", name: "seen", flags: ["dynamic"], elem: ["10.116.0.3"] } };
  const ruleset = rulesetOf([...chainOf([[match, DROP]], "accept"), set]);
  assert.equal(judgeFlow(ruleset, vxlan, () => "local").verdict, "unknown");
});

test("chains that jump in circles end as unknown", () => {
  const loop = { chain: { family: "inet", table: "t", name: "loop" } };
  const again = {
    rule: { family: "inet", table: "t", chain: "loop", handle: 9, expr: [{ jump: { target: "loop" } }] },
  };
  const ruleset = rulesetOf([...chainOf([[{ jump: { target: "loop" } }]], "accept"), loop, again]);
  assert.equal(judgeFlow(ruleset, vxlan, () => "local").verdict, "unknown");
});

test("many unknowns do not multiply", () => {
  const unknowns = Array.from({ length: 500 }, (_, index) => [{ strange: { index } }, { log: null }]);
  assert.equal(judge([...unknowns, [DROP]]).verdict, "drop");
});

test("what is no ruleset is none", () => {
  for (const json of [null, 1, "x", [], {}, { nftables: {} }]) assert.equal(readRuleset(json), null);
  assert.notEqual(readRuleset({ nftables: [null, 1, { rule: null }, { chain: [] }] }), null);
});

function unknownOf(rules: readonly (readonly object[])[]): readonly string[] {
  const { verdict, unknown } = judge(rules);
  assert.equal(verdict, "unknown");
  return unknown;
}

function judge(rules: readonly (readonly object[])[], policy = "accept") {
  return judgeFlow(rulesetOf(chainOf(rules, policy)), vxlan, () => "local");
}

function chainOf(rules: readonly (readonly object[])[], policy: string): readonly object[] {
  const base = { family: "inet", table: "t", name: "input", type: "filter", hook: "input", prio: 0, policy };
  const entries = rules.map((expr, handle) => ({
    rule: { family: "inet", table: "t", chain: "input", handle, expr },
  }));
  return [{ chain: base }, ...entries];
}

function rulesetOf(entries: readonly object[]) {
  const ruleset = readRuleset({ nftables: entries });
  assert.ok(ruleset !== null);
  return ruleset;
}

function addressOf(text: string) {
  const address = parseAddress(text);
  assert.ok(address !== null);
  return address;
}
