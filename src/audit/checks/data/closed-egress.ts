import type { KubeObject } from "../../../model/facts.ts";
import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { field, subjectOf } from "../../view/kube.ts";
import { matchesLabels } from "../../view/selector.ts";
import type { DataStore } from "../../view/stores.ts";

export const closedEgress: AuditCheck = {
  id: "data/closed-egress",
  severity: "blocks",
  title: "A network policy keeps pods from the managed store",
  reason:
    "Once a NetworkPolicy with `Egress` selects a pod, the pod reaches only what a policy names. One that names the pods of the old database does not let anybody out to the new one, which is an address outside the cluster: at the switch every " +
    "connection times out.",
  sources: ["https://kubernetes.io/docs/concepts/services-networking/network-policies/"],
  find,
};

const PORTS = { postgres: [25060, 25061], redis: [25061] } as const;

function find({ facts, stores, cluster }: AuditContext): readonly Hit[] {
  const policies = Map.groupBy(
    cluster.of("NetworkPolicy"),
    ({ metadata }) => metadata.namespace ?? "default",
  );
  const network = facts.cloud?.vpcs[0]?.range ?? "PRIVATE_NETWORK";
  return stores
    .filter(({ leavesCluster }) => leavesCluster)
    .flatMap((store) =>
      store.consumers.flatMap(({ workload: { object, namespace, podLabels } }) => {
        const over = (policies.get(namespace) ?? []).filter(
          (policy) =>
            isForEgress(policy) && matchesLabels(field(policy, "spec", "podSelector") ?? {}, podLabels),
        );
        return over.length === 0 || over.some((policy) => letsOut(policy, store))
          ? []
          : [hitOf(object, over, store, network)];
      }),
    );
}

function isForEgress(policy: KubeObject): boolean {
  const types = field(policy, "spec", "policyTypes");
  return Array.isArray(types) ? types.includes("Egress") : field(policy, "spec", "egress") !== undefined;
}

/** A rule to any address, or to a block of them, on any port or on the store's. */
function letsOut(policy: KubeObject, { kind }: DataStore): boolean {
  const rules = field(policy, "spec", "egress");
  return (Array.isArray(rules) ? rules : []).some((rule) => {
    const [to, ports] = [field(rule, "to"), field(rule, "ports")];
    const isOutside =
      !Array.isArray(to) || to.length === 0 || to.some((peer) => field(peer, "ipBlock") !== undefined);
    const isPort =
      !Array.isArray(ports) || ports.length === 0 || ports.some((each) => coversPort(each, PORTS[kind]));
    return isOutside && isPort;
  });
}

function coversPort(rule: unknown, wanted: readonly number[]): boolean {
  const port = field(rule, "port");
  const end = field(rule, "endPort");
  if (field(rule, "protocol") === "UDP") return false;
  if (port === undefined) return true;
  return wanted.some((each) =>
    typeof end === "number" ? Number(port) <= each && each <= end : port === each,
  );
}

function hitOf(object: KubeObject, over: readonly KubeObject[], { kind }: DataStore, network: string): Hit {
  const port = PORTS[kind][0];
  return {
    subject: subjectOf(object),
    evidence: `${over.map(subjectOf).join(", ")} lets it out, but not to an address outside the cluster on port ${port}`,
    fix: `Add to spec.egress of ${over.map(subjectOf)[0]}, with the private network of the store:\n- to: [{ ipBlock: { cidr: ${network} } }]\n  ports: [{ port: ${port} }]`,
  };
}
