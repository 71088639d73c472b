import type { HostFacts } from "../../../model/hostFacts.ts";
import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";

export const clone: AuditCheck = {
  id: "join/clone",
  severity: "blocks",
  title: "Two hosts are copies of one another",
  reason:
    "A droplet made from a snapshot of the first one has its hostname, its machine-id and its /etc/rancher: as a node it takes the first " +
    "one's place, its DHCP and journal are mixed up, and it may start as a second server with the same data. A new node comes from a clean image.",
  sources: [
    "https://docs.k3s.io/installation/requirements#prerequisites",
    "https://manpages.debian.org/bookworm/systemd/machine-id.5.en.html",
  ],
  find,
};

function find({ facts }: AuditContext): readonly Hit[] {
  const hosts = Object.entries(facts.hosts);
  return hosts.flatMap(([name, host], index) =>
    hosts.slice(0, index).flatMap(([other, earlier]) => hitOf(name, host, other, earlier) ?? []),
  );
}

function hitOf(name: string, host: HostFacts, other: string, earlier: HostFacts): Hit | null {
  const isSameMachine = host.machineIdHash !== null && host.machineIdHash === earlier.machineIdHash;
  const isSameName = host.hostname === earlier.hostname;
  if (isSameMachine) {
    return {
      subject: `host ${name}`,
      evidence: `the same machine-id as ${other}${isSameName ? `, and the same hostname ${host.hostname}` : ""}`,
      fix: "Build whichever of the two is the copy anew, from a clean image (debian-12-x64, say) and never from a snapshot. Do not let it start k3s meanwhile.",
    };
  }
  return isSameName
    ? {
        subject: `host ${name}`,
        evidence: `the same hostname as ${other}: ${host.hostname}`,
        fix: `hostnamectl set-hostname ${name}, before it joins; or node-name: ${name} in its /etc/rancher/k3s/config.yaml.`,
      }
    : null;
}
