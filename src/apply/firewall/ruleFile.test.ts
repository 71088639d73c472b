import assert from "node:assert/strict";
import { test } from "node:test";
import { feeds, hasRules, withoutRules, withRules } from "./ruleFile.ts";
import { ruleText } from "./rules.ts";

const INPUT = { family: "inet", table: "hostfw", name: "input" };
const ENTRY = { protocol: "udp", port: 8472, from: ["10.116.0.3"], device: "eth1" } as const;
const RULE = ruleText(ENTRY, "a1");

const GLAZE = `#!/usr/sbin/nft -f
# chain input { of no table
table inet hostfw
delete table inet hostfw
table inet hostfw {
\tset web { type inet_service; elements = { 80, 443 } }
\tchain input {
\t\ttype filter hook input priority -100; policy accept;
\t\t# what we know
\t\tct state established,related accept
\t\tiifname { "lo", "cni0" } accept comment "closed } brace"
\t\tdrop
\t}
\tchain output { type filter hook output priority 0; }
}
`;

test("rules stand right behind the chain's header, and go without a trace", () => {
  const opened = withRules(GLAZE, INPUT, [RULE]);
  assert.equal(
    opened,
    GLAZE.replace(
      "\t\tct state",
      `\t\tiifname "eth1" ip saddr 10.116.0.3 udp dport 8472 accept comment "outgrow a1: udp 8472"\n\t\tct state`,
    ),
  );
  assert.ok(opened !== null && hasRules(opened, "a1") && !hasRules(opened, "b2"));
  assert.equal(withoutRules(opened, "a1"), GLAZE);
  assert.equal(withoutRules(opened, "b2"), opened);
});

test("a policy on a line of its own, a family that is not said", () => {
  const text =
    "table filter {\n  chain INPUT {\n    type filter hook input priority 0\n    policy drop\n\n    iif lo accept\n  }\n}\n";
  assert.equal(
    withRules(text, { family: "ip", table: "filter", name: "INPUT" }, ["tcp dport 1 accept"]),
    text.replace("    iif lo", "    tcp dport 1 accept\n    iif lo"),
  );
  assert.ok(!feeds(text, { family: "inet", table: "filter", name: "INPUT" }));
});

test("a chain with nothing but its header", () => {
  const text =
    "table inet f {\n  chain input {\n    type filter hook input priority 0; policy drop;\n  }\n}\n";
  assert.equal(
    withRules(text, { family: "inet", table: "f", name: "input" }, ["x"]),
    text.replace("  }\n}", "    x\n  }\n}"),
  );
});

test("the chain of the same name in another table is another one", () => {
  const text =
    "table inet a {\n  chain input {\n    type filter hook input priority 0;\n  }\n}\ntable inet b {\n  chain input {\n    type filter hook input priority 1;\n    drop\n  }\n}\n";
  assert.equal(
    withRules(text, { family: "inet", table: "b", name: "input" }, ["x"]),
    text.replace("    drop", "    x\n    drop"),
  );
});

test("inside a script that writes the file", () => {
  const script = `#!/bin/sh\ncat >/etc/hostfw.nft <<'EOF'\n${GLAZE}EOF\nnft -f /etc/hostfw.nft\n`;
  const opened = withRules(script, INPUT, [RULE]);
  assert.ok(opened?.includes(`${RULE}\n\t\tct state established`));
  assert.equal(withoutRules(opened ?? "", "a1"), script);
});

test("what cannot be told apart by lines, is not there, or never closes", () => {
  const oneLine = "table inet hostfw { chain input { type filter hook input priority 0; drop; }; }\n";
  assert.equal(withRules(oneLine, INPUT, [RULE]), null);
  assert.equal(withRules("table inet hostfw {\n}\n", INPUT, [RULE]), null);
  assert.equal(withRules(GLAZE.slice(0, -20), INPUT, [RULE]), null);
  assert.equal(withRules("table inet hostfw {\n  chain input {\n    accept\n  }\n}\n", INPUT, [RULE]), null);
});
