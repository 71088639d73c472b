import { setTimeout as sleep } from "node:timers/promises";
import type { ClusterLab } from "../../lab/hosts/cluster.ts";
import { k3sBinary } from "../../lab/hosts/k3sFiles.ts";
import type { KubeApi } from "../../src/kube/api.ts";
import { ask } from "../../src/kube/ask.ts";

interface Room {
  readonly lab: ClusterLab;
  /** Past the hosts' network. */
  readonly kube: KubeApi;
}

/** What keeps a host out of the cluster, and how `apply` is to tell it. */
export interface BadJoin {
  readonly name: string;
  /** Planted before the run, or as soon as the step has begun: a plan made now may see it. */
  readonly when: "before" | "begun";
  /** Spoils it, and gives what makes it right again. */
  readonly plant: (room: Room) => Promise<() => Promise<void>>;
  readonly why: string;
  readonly fix: string;
}

async function putProgram({ prod }: ClusterLab, version: string): Promise<void> {
  const script =
    "cat >/usr/local/bin/k3s.new && chmod 755 /usr/local/bin/k3s.new && mv /usr/local/bin/k3s.new /usr/local/bin/k3s";
  await prod.run("sh", ["-c", script], k3sBinary(version));
}

export const BAD_JOINS: readonly BadJoin[] = [
  {
    name: "a token that is taken back before it is used",
    when: "before",
    plant: async ({ kube }) => {
      const thief = new AbortController();
      const stealing = steal(kube, thief.signal);
      return async () => {
        thief.abort();
        await stealing;
      };
    },
    why: "glaze-worker-1 cannot join: the server does not accept its token.",
    fix: "Tokens of a join live an hour: run outgrow apply again, which makes a new one.",
  },
  {
    name: "a program on the server that is newer than what runs",
    when: "before",
    plant: async ({ lab }) => {
      await putProgram(lab, "v1.37.0+k3s1");
      return () => putProgram(lab, lab.version);
    },
    why: "The k3s program on glaze-prod is v1.37.0+k3s1, and the server that runs there is v1.36.2+k3s1: it was replaced and not started anew.",
    fix: "Restart it and make a new plan: systemctl restart k3s on glaze-prod, then outgrow plan --out plan.json; or put the program of v1.36.2+k3s1 back.",
  },
  {
    name: "a clock that is a day slow",
    when: "begun",
    plant: async ({ lab }) => {
      await lab.worker.run("sh", ["-c", "echo -86400 >/etc/outgrow-lab-clock"]);
      return async () => void (await lab.worker.run("rm", ["/etc/outgrow-lab-clock"]));
    },
    why: "glaze-worker-1 cannot join: the clock of glaze-worker-1 is so wrong that the server's certificate is not valid by it.",
    fix: "Set the time and keep it: timedatectl set-ntp true on glaze-worker-1; then outgrow apply again.",
  },
  {
    name: "6443 closed by the provider's firewall",
    when: "before",
    plant: ({ lab }) => closedInCloud(lab),
    why: "glaze-worker-1 cannot join: it gets no answer from 10.116.0.2:6443.",
    fix: "A firewall drops it: let TCP 6443 in on glaze-prod from glaze-worker-1's private address 10.116.0.3, in the cloud's firewall too.",
  },
  {
    name: "6443 closed with a reset",
    when: "begun",
    plant: async ({ lab }) => {
      await lab.prod.run("nft", ["-f", "-"], REJECTING);
      return async () => void (await lab.prod.run("nft", ["delete", "table", "inet", "rejecting"]));
    },
    why: "glaze-worker-1 cannot join: 10.116.0.2:6443 refuses the connection.",
    fix: "k3s on glaze-prod must run, its top-level bind-address must not be 127.0.0.1, and no firewall there may reject TCP 6443.",
  },
  {
    name: "an advertised address that is not reached",
    when: "before",
    plant: async ({ lab }) => {
      const file = "/etc/rancher/k3s/config.yaml.d/95-outside.yaml";
      await lab.prod.run("sh", [
        "-c",
        `echo 'node-external-ip: 203.0.113.10' >${file}; systemctl restart k3s`,
      ]);
      return async () => void (await lab.prod.run("sh", ["-c", `rm ${file}; systemctl restart k3s`]));
    },
    why: "glaze-worker-1 cannot join: 10.116.0.2:6443 answers it and sends it on to 203.0.113.10:6443, the address the server advertises, where it gets no further.",
    fix: "The server must advertise its private address: advertise-address: 10.116.0.2 and no node-external-ip in the k3s configuration of glaze-prod, then systemctl restart k3s there.",
  },
  {
    name: "a name that the cluster knows another host by",
    when: "before",
    plant: async ({ kube }) => {
      const name = "glaze-worker-1.node-password.k3s";
      const data = { hash: Buffer.from("another host's").toString("base64") };
      await ask(kube, { method: "POST", path: SECRETS, body: { metadata: { name }, data } });
      return async () => void (await ask(kube, { method: "DELETE", path: `${SECRETS}/${name}` }));
    },
    why: "glaze-worker-1 cannot join: the cluster knows another host by the name glaze-worker-1.",
    fix: "If that host is gone: kubectl delete node glaze-worker-1; kubectl -n kube-system delete secret glaze-worker-1.node-password.k3s. Otherwise give the new host another name in outgrow.yaml.",
  },
];

/** As a port looks on which nobody listens, to the new host alone: the API is still asked by others. */
const REJECTING = `table inet rejecting {
  chain input {
    type filter hook input priority -300;
    ip saddr 10.116.0.3 tcp dport 6443 reject with tcp reset
  }
}`;

const SECRETS = "/api/v1/namespaces/kube-system/secrets";

/** Takes every token for a join away as soon as it is there. */
async function steal(kube: KubeApi, until: AbortSignal): Promise<void> {
  while (!until.aborted) {
    const { items } = await ask<{ items: readonly { metadata: { name: string }; type: string }[] }>(kube, {
      method: "GET",
      path: SECRETS,
    });
    for (const { metadata, type } of items) {
      if (type === "bootstrap.kubernetes.io/token")
        await kube.request({ method: "DELETE", path: `${SECRETS}/${metadata.name}` });
    }
    await sleep(20);
  }
}

/** What the worker sends to the server's 6443 is dropped on its way. */
export async function closedInCloud({ cloudFirewall }: ClusterLab): Promise<() => Promise<void>> {
  await cloudFirewall(`add table netdev cloud
    add chain netdev cloud worker { type filter hook ingress device "worker1" priority 0; }
    add rule netdev cloud worker ip daddr 10.116.0.2 tcp dport 6443 drop`);
  return () => cloudFirewall("delete table netdev cloud");
}
