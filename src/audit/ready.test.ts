import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { parse } from "yaml";
import { type AuditCase, findingsOf } from "../../test/auditCases.ts";
import type { Facts, KubeObject } from "../model/facts.ts";
import { CHECKS } from "./checks.ts";

const product = { name: "ready", ...parse(readFileSync("src/audit/ready.yaml", "utf8")) } as AuditCase;
const around = parse(readFileSync("src/audit/readyHosts.yaml", "utf8"), { merge: true }) as Surroundings;
const ready = together(product, around);

interface Surroundings {
  readonly hosts: NonNullable<AuditCase["hosts"]>;
  readonly cloud: Facts["cloud"];
  readonly signals: Facts["signals"];
  readonly objects: readonly KubeObject[];
  readonly files: Readonly<Record<string, string>>;
}

/** The product, its hosts and all that is around them. */
function together(inside: AuditCase, { hosts, cloud, signals, objects, files }: Surroundings): AuditCase {
  const { cluster, repository } = inside.facts ?? {};
  const more = Object.entries(files).map(([path, text]) => ({ path, text }));
  return {
    ...inside,
    hosts,
    objects: [...(cluster?.objects ?? []), ...objects],
    facts: {
      ...inside.facts,
      cloud,
      signals,
      repository: { objects: [], ...repository, files: [...(repository?.files ?? []), ...more] },
    },
  };
}

test("a product that is ready for two hosts yields nothing above informs", () => {
  const findings = findingsOf(ready, CHECKS);
  assert.deepEqual(
    findings.filter(({ severity }) => severity !== "informs"),
    [],
  );
});

test("a planted fault in it is found", () => {
  const objects = ready.objects ?? [];
  const pinned = {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name: "pvc-1" },
    spec: { claimRef: { namespace: "default", name: "media" }, persistentVolumeReclaimPolicy: "Delete" },
  };
  const before = findingsOf(ready, CHECKS).length;
  assert.equal(findingsOf({ ...ready, objects: [...objects, pinned] }, CHECKS).length, before + 1);
});

test("each layer of the surroundings is really looked at", () => {
  const faults: readonly Partial<Surroundings>[] = [
    { hosts: { ...around.hosts, "glaze-prod": { ...around.hosts["glaze-prod"], nft: "" } } },
    {
      cloud:
        around.cloud === null
          ? null
          : { ...around.cloud, firewalls: around.cloud.firewalls.map((each) => ({ ...each, inbound: [] })) },
    },
    { signals: [{ id: "node-cpu", source: null, why: null, fix: null }] },
    { files: { ...around.files, "scripts/old.sh": "kubectl rollout pause deployment/glaze-web" } },
  ];
  for (const fault of faults) {
    const found = findingsOf(together(product, { ...around, ...fault }), CHECKS);
    assert.ok(
      found.some(({ severity }) => severity !== "informs"),
      JSON.stringify(Object.keys(fault)),
    );
  }
});

/** What an audit is easily wrong about, each put into the product that is ready: nobody is warned of it. */
const NO_FAULTS: Readonly<Record<string, Partial<Pick<Surroundings, "objects" | "hosts">>>> = {
  "the API server's bind-address is k3s's own": {
    hosts: withHost("glaze-prod", {
      settings: { ...around.hosts["glaze-prod"]?.settings, "kube-apiserver-arg": ["bind-address=127.0.0.1"] },
    }),
  },
  "the kubelet listens on every address": {
    hosts: withHost("glaze-prod", {
      sockets: [{ protocol: "tcp", address: "::", port: 10250, process: "k3s-server" }],
    }),
  },
  "sqlite holds one server's state": {
    hosts: withHost("glaze-prod", { k3s: { role: "server", datastore: "sqlite" } }),
  },
  "kube-proxy's, the CNI's and flannel's rules fill the tables of iptables": {
    hosts: withHost("glaze-prod", {
      nft: `${around.hosts["glaze-prod"]?.nft}
table ip nat {
  chain KUBE-SERVICES { ip daddr 10.43.0.10 udp dport 53 dnat to 10.42.0.4:53; }
  chain PREROUTING { type nat hook prerouting priority -100; jump KUBE-SERVICES; jump CNI-HOSTPORT-DNAT; }
  chain CNI-HOSTPORT-DNAT { tcp dport 443 dnat to 10.42.0.9:443; }
  chain FLANNEL-POSTRTG { ip saddr 10.42.0.0/16 ip daddr != 10.42.0.0/16 masquerade; }
  chain POSTROUTING { type nat hook postrouting priority 100; jump FLANNEL-POSTRTG; }
}`,
    }),
  },
  "a local volume belongs to a Postgres that moves": {
    objects: [
      {
        apiVersion: "v1",
        kind: "PersistentVolume",
        metadata: { name: "pvc-pg" },
        spec: {
          claimRef: { namespace: "default", name: "data-glaze-postgres-0" },
          persistentVolumeReclaimPolicy: "Retain",
          storageClassName: "local-path",
        },
      },
    ],
  },
  "a DaemonSet reads the logs of its host": {
    objects: [
      {
        apiVersion: "apps/v1",
        kind: "DaemonSet",
        metadata: { namespace: "monitoring", name: "logs" },
        spec: {
          template: {
            spec: {
              volumes: [{ name: "log", hostPath: { path: "/var/log" } }],
              containers: [{ name: "logs", resources: { requests: { cpu: "10m", memory: "32Mi" } } }],
            },
          },
        },
      },
    ],
  },
};

function withHost(name: string, part: Surroundings["hosts"][string]): Surroundings["hosts"] {
  return { ...around.hosts, [name]: { ...around.hosts[name], ...part } };
}

for (const [name, { objects = [], hosts = around.hosts }] of Object.entries(NO_FAULTS)) {
  test(`no fault: ${name}`, () => {
    const world = together(product, { ...around, hosts, objects: [...around.objects, ...objects] });
    const above = findingsOf(world, CHECKS).filter(({ severity }) => severity !== "informs");
    assert.deepEqual(above, []);
  });
}

test("no proof: both nodes are Ready, and the tunnel between them is closed", () => {
  const closed = withHost("glaze-prod", {
    nft: (around.hosts["glaze-prod"]?.nft ?? "").replace("udp dport 8472 accept", "udp dport 8473 accept"),
  });
  const found = findingsOf(together(product, { ...around, hosts: closed }), CHECKS);
  assert.ok(found.some(({ id, severity }) => id === "firewall/overlay-closed" && severity === "blocks"));
});
