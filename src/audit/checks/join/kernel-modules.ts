import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { flannelBackend } from "../../view/ports.ts";

export const kernelModules: AuditCheck = {
  id: "join/kernel-modules",
  severity: "blocks",
  title: "The kernel lacks what the pod network needs",
  reason:
    "flannel makes its tunnel with the module vxlan (or wireguard), and Services need br_netfilter. Minimal kernels of some images leave " +
    "them out: k3s starts, and no pod of this host reaches another.",
  sources: ["https://docs.k3s.io/installation/requirements"],
  find,
};

function find(context: AuditContext): readonly Hit[] {
  const tunnel = { vxlan: "vxlan", "wireguard-native": "wireguard" }[flannelBackend(context)];
  const needed = ["br_netfilter", ...(tunnel === undefined ? [] : [tunnel])];
  return Object.entries(context.facts.hosts).flatMap(([name, { modules, os }]) => {
    const missing = modules.filter((each) => !each.isAvailable && needed.includes(each.name));
    if (missing.length === 0) return [];
    const names = missing.map((each) => each.name).join(", ");
    return [
      {
        subject: `host ${name}`,
        evidence: `modprobe does not know ${names}${os === null ? "" : ` (kernel ${os.kernel})`}`,
        fix: `${installText(os?.id ?? null)}, reboot, then: modprobe -a ${missing.map((each) => each.name).join(" ")}`,
      },
    ];
  });
}

function installText(os: string | null): string {
  if (os === "debian") return "apt-get install linux-image-amd64 (in place of the cloud kernel)";
  if (os === "ubuntu") return "apt-get install linux-modules-extra-$(uname -r)";
  return "Install the distribution's full kernel (kernel-modules-extra on RHEL and its kin)";
}
