import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { parseAddress } from "./address.ts";
import { judgeDeparture } from "./flow.ts";
import { readRuleset } from "./ruleset.ts";

/** What the kernel does with a packet that the host sends: a dropped one makes the write fail. */
const RULES = [
  "udp dport 8472 accept",
  "udp dport 8472 drop",
  'oifname "eth1" accept',
  'oifname "eth0" accept',
  'oifname != "eth1" drop',
  'iifname "eth1" drop',
  'iifname != "eth1" accept',
  "ip daddr 10.116.0.0/20 accept",
  "ip daddr != 10.116.0.3 drop",
  "ip saddr 10.116.0.2 udp dport { 53, 8472 } accept",
  "ct state new accept",
  "ct state established accept",
  "ct state invalid drop",
  "udp sport < 1024 drop",
  "jump more",
  "goto more",
];
const POLICIES = ["accept", "drop"];
const HOOKS = ["output priority 0", "postrouting priority 0", "output priority -300"];

function rulesetText(hook: string, policy: string, rules: readonly string[]): string {
  return `table inet t {
  chain more { udp dport 8472 drop; }
  chain base { type filter hook ${hook}; policy ${policy}; ${rules.join("; ")}; }
}`;
}

/** Loads each ruleset in a namespace of its own and sends one packet to 10.116.0.3:8472. */
const SCRIPT = `set -e
ip link add eth1 type veth peer name other && ip addr add 10.116.0.2/20 dev eth1
ip link set eth1 up && ip link set other up
ip neigh add 10.116.0.3 lladdr 02:00:00:00:00:03 dev eth1
while IFS= read -r rules; do
  nft flush ruleset; printf '%s' "$rules" | tr '\\001' '\\n' | nft -f - || exit 1
  if (echo x > /dev/udp/10.116.0.3/8472) 2>/dev/null; then printf accept; else printf drop; fi
  printf '\\t'; nft -j list ruleset | tr -d '\\n'; echo
done`;

function kernelVerdicts(
  texts: readonly string[],
): readonly { readonly verdict: string; readonly json: string }[] {
  const input = texts.map((text) => `${text.replaceAll("\n", "\u0001")}\n`).join("");
  const out = execFileSync("unshare", ["-n", "bash", "-c", SCRIPT], {
    input,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  return out
    .trim()
    .split("\n")
    .map((line) => {
      const [verdict = "", json = ""] = line.split("\t");
      return { verdict, json };
    });
}

function judged(json: string, port = 8472): string {
  const ruleset = readRuleset(JSON.parse(json));
  const [source, destination] = [parseAddress("10.116.0.2"), parseAddress("10.116.0.3")];
  assert.ok(ruleset !== null && source !== null && destination !== null);
  const packet = { source, destination, protocol: "udp", connection: "new" } as const;
  return judgeDeparture(ruleset, { ...packet, sourcePort: 40_000, destinationPort: port }, "eth1").verdict;
}

const texts = HOOKS.flatMap((hook) =>
  POLICIES.flatMap((policy) =>
    RULES.flatMap((first, index) =>
      [1, 6].map((step) => rulesetText(hook, policy, [first, RULES[(index + step) % RULES.length] ?? ""])),
    ),
  ),
);

test(`the kernel lets out what the evaluator says, for ${texts.length} rulesets`, () => {
  const verdicts = kernelVerdicts(texts);
  assert.equal(verdicts.length, texts.length);
  assert.ok(new Set(verdicts.map(({ verdict }) => verdict)).size === 2);
  for (const [index, { verdict, json }] of verdicts.entries()) {
    assert.equal(judged(json), verdict, texts[index]);
  }
});

test("a wrong verdict is noticed", () => {
  const [only] = kernelVerdicts([rulesetText("output priority 0", "accept", ["udp dport 8472 drop"])]);
  assert.ok(only !== undefined);
  assert.equal(only.verdict, "drop");
  assert.equal(judged(only.json, 8473), "accept");
});
