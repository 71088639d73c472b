import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { viewHosts } from "../../view/hosts.ts";
import { flannelBackend } from "../../view/ports.ts";

export const vxlanChecksum: AuditCheck = {
  id: "network/vxlan-checksum",
  severity: "warns",
  title: "This kernel may drop UDP between the hosts",
  reason:
    "Kernels before 5.7, and those of Debian 11, can send VXLAN packets whose inner UDP checksum is wrong once the network card " +
    'is asked to fill it in: TCP works, DNS across the hosts times out, dmesg says "UDP: bad checksum". Switching the offload off ' +
    "helps, and is forgotten at the next boot unless udev does it.",
  sources: [
    "https://github.com/flannel-io/flannel/blob/master/Documentation/troubleshooting.md",
    "https://github.com/k3s-io/k3s/issues/2013",
    "https://github.com/k3s-io/k3s/issues/3863",
    "https://github.com/flannel-io/flannel/issues/1279",
  ],
  find,
};

function find(context: AuditContext): readonly Hit[] {
  if (flannelBackend(context) !== "vxlan") return [];
  return viewHosts(context).flatMap(({ name, facts: { os } }) => {
    if (os === null || !(isBefore(os.kernel, 5, 7) || (os.id === "debian" && os.versionId === "11")))
      return [];
    return [
      {
        subject: `host ${name}`,
        evidence: `kernel ${os.kernel}, ${os.name}`,
        fix:
          `On ${name}: ethtool -K flannel.1 tx-checksum-ip-generic off, and for every boot in /etc/udev/rules.d/90-flannel.rules:\n` +
          'SUBSYSTEM=="net", ACTION=="add|change|move", ENV{INTERFACE}=="flannel.1", RUN+="/usr/sbin/ethtool -K flannel.1 tx-checksum-ip-generic off"\n' +
          "Then ask DNS across the hosts, over UDP, before anything moves.",
      },
    ];
  });
}

/** A name that tells no version is no reason to warn. */
function isBefore(kernel: string, major: number, minor: number): boolean {
  const [, ownMajor, ownMinor] = /^(\d+)\.(\d+)/.exec(kernel) ?? [];
  if (ownMajor === undefined || ownMinor === undefined) return false;
  return Number(ownMajor) < major || (Number(ownMajor) === major && Number(ownMinor) < minor);
}
