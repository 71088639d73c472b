import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { hostFactsOf } from "../../../test/hostCases.ts";
import { chainText } from "./rules.ts";
import { readWall } from "./wall.ts";

/** As iptables-nft wrote them for k3s; their extensions cannot be seen into. */
const K3S = JSON.parse(readFileSync("test/fixtures/k3s-ruleset.json", "utf8")) as Listing;

interface Listing {
  readonly nftables: readonly {
    readonly chain?: { readonly name: string; readonly policy?: string };
    readonly rule?: object;
  }[];
}

type Entries = Listing["nftables"];

const DOOR = { protocol: "tcp", port: 25432, from: ["10.116.0.3"] } as const;
const POD = { address: "10.42.0.7", port: 5432 };

test("what kube-proxy turns to a pod is dropped by whoever drops at forward, and by nobody at input", () => {
  assert.deepEqual(dropping(K3S.nftables), []);
  assert.deepEqual(dropping([...K3S.nftables, ...ownChain("input")]), []);
  assert.deepEqual(dropping([...K3S.nftables, ...ownChain("forward")]), ["inet hostfw forward"]);
  assert.deepEqual(dropping([...K3S.nftables, ...ownChain("input"), ...ownChain("forward")]), [
    "inet hostfw forward",
  ]);
});

test("the pod's own interface and port may be what a chain lets through", () => {
  const through = (field: object, right: unknown) => [
    ...K3S.nftables,
    ...ownChain("forward", [{ match: { op: "==", left: field, right } }, { accept: null }]),
  ];
  assert.deepEqual(dropping(through({ meta: { key: "oifname" } }, "cni0")), []);
  assert.deepEqual(dropping(through({ payload: { protocol: "tcp", field: "dport" } }, 5432)), []);
  assert.deepEqual(dropping(through({ payload: { protocol: "tcp", field: "dport" } }, 25432)), [
    "inet hostfw forward",
  ]);
});

test("flannel lets pods be reached where iptables drops all else that is forwarded", () => {
  const docker = K3S.nftables.map((entry) =>
    entry.chain?.name === "FORWARD" ? { chain: { ...entry.chain, policy: "drop" } } : entry,
  );
  assert.deepEqual(dropping(docker), []);
});

test("where kube-proxy has no such rules the port is the host's own", () => {
  assert.deepEqual(dropping([...ownChain("input"), ...ownChain("forward")]), ["inet hostfw input"]);
});

function dropping(nftables: Entries): readonly string[] {
  const facts = hostFactsOf("glaze-prod", { nftables: { isServiceEnabled: true, ruleset: { nftables } } });
  return readWall("glaze-prod", facts, [{ ...DOOR, pod: POD }]).dropping.map(chainText);
}

/** A chain of the user's that drops what no rule of its own lets through. */
function ownChain(hook: string, expr: readonly object[] | null = null): Entries {
  const place = { family: "inet", table: "hostfw" };
  const chain = { ...place, name: hook, handle: 1, type: "filter", hook, prio: 5, policy: "drop" };
  const rules = expr === null ? [] : [{ rule: { ...place, chain: hook, handle: 2, expr } }];
  return [{ chain }, ...rules];
}
