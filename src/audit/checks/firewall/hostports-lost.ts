import type { HostFacts } from "../../../model/hostFacts.ts";
import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import type { Ruleset } from "../../firewall/ruleset.ts";
import { rulesetOf } from "../../view/flows.ts";
import { serversOf } from "../../view/hosts.ts";
import { subjectOf } from "../../view/kube.ts";
import { loadBalancers, portsOf } from "../../view/services.ts";
import { disabledPart } from "../../view/settings.ts";

export const hostportsLost: AuditCheck = {
  id: "firewall/hostports-lost",
  severity: "blocks",
  title: "The port mappings of the public ports are gone",
  reason:
    "ServiceLB opens 80 and 443 by host ports, which the CNI turns to its pods by rules that are written once, when the pod " +
    "starts. After a flush of the ruleset they stay away until then; restarting k3s alone did not help one user.",
  sources: ["https://github.com/rancher/rke2/issues/10469", "https://github.com/k3s-io/k3s/issues/7542"],
  find,
};

function find(context: AuditContext): readonly Hit[] {
  const services = loadBalancers(context.cluster);
  if (services.length === 0 || disabledPart(context, "servicelb") !== undefined) return [];
  return serversOf(context)
    .filter(({ facts }) => isLost(facts))
    .map(({ name }) => ({
      subject: `host ${name}`,
      evidence: `${services.map(portsText).join("; ")} — but neither ip nat CNI-HOSTPORT-DNAT nor inet cni_hostport has a rule`,
      fix: "Let ServiceLB's pods start again, which writes them: kubectl -n kube-system delete pod -l svccontroller.k3s.cattle.io/svcname",
    }));
}

function portsText(service: Parameters<typeof portsOf>[0]): string {
  return `${subjectOf(service)} serves ${portsOf(service)
    .map(({ port }) => port)
    .join(", ")}`;
}

function isLost(facts: HostFacts): boolean {
  const ruleset = rulesetOf(facts);
  return facts.k3s !== null && ruleset !== null && !hasMappings(ruleset);
}

function hasMappings({ chains }: Ruleset): boolean {
  return chains.some(
    ({ table, name, rules }) =>
      rules.length > 0 &&
      (name === "CNI-HOSTPORT-DNAT" || (table === "cni_hostport" && name === "hostports")),
  );
}
