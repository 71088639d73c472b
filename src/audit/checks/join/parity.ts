import type { HostFacts } from "../../../model/hostFacts.ts";
import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { type HostView, viewHosts } from "../../view/hosts.ts";
import { settingsNamed } from "../../view/settings.ts";

export const parity: AuditCheck = {
  id: "join/parity",
  severity: "warns",
  title: "The hosts are set up differently",
  reason:
    "Kernel settings, swap, zram and the system itself drift apart when one host was tuned by hand: what was learned there the hard way is " +
    "missing on the other, and a pod behaves differently from host to host. With protect-kernel-defaults a difference keeps the kubelet from starting.",
  sources: ["https://docs.k3s.io/cli/agent", "https://docs.k3s.io/installation/requirements"],
  find,
};

function find(context: AuditContext): readonly Hit[] {
  const [first, ...others] = viewHosts(context).toSorted(serverFirst);
  if (first === undefined) return [];
  return others.flatMap((other) => {
    const differences = differencesOf(first, other);
    if (differences.length === 0) return [];
    const guard = settingsNamed(context, "protect-kernel-defaults").find(
      ({ host, value }) => host === other.name && value === "true",
    );
    return [
      {
        subject: `host ${other.name}`,
        evidence: differences.join("; "),
        fix: fixOf(first, other),
        ...(guard === undefined ? {} : { severity: "blocks" as const }),
      },
    ];
  });
}

function serverFirst(a: HostView, b: HostView): number {
  return Number(a.role === "agent") - Number(b.role === "agent");
}

function differencesOf(first: HostView, other: HostView): readonly string[] {
  const differs = (what: string, of: (facts: HostFacts) => string | null) => {
    const [mine, theirs] = [of(first.facts), of(other.facts)];
    return mine === null || theirs === null || mine === theirs
      ? []
      : [`${what}: ${mine} on ${first.name}, ${theirs} on ${other.name}`];
  };
  const keys = Object.keys(first.facts.sysctl).filter((key) => key in other.facts.sysctl);
  return [
    ...differs("system", ({ os }) => (os === null ? null : `${os.id} ${os.versionId}`)),
    ...differs("swap", ({ memory }) => (memory === null ? null : memory.swapBytes > 0 ? "used" : "none")),
    ...differs("zram", ({ memory }) => (memory === null ? null : memory.hasZram ? "used" : "none")),
    ...keys.toSorted().flatMap((key) => differs(key, ({ sysctl }) => sysctl[key] ?? null)),
  ];
}

function fixOf(first: HostView, other: HostView): string {
  const lines = Object.entries(first.facts.sysctl)
    .filter(([key, value]) => key in other.facts.sysctl && other.facts.sysctl[key] !== value)
    .map(([key, value]) => `${key} = ${value}`)
    .toSorted();
  const rest = `Make ${other.name} like ${first.name} before it takes pods.`;
  return lines.length === 0
    ? rest
    : `${rest} In /etc/sysctl.d/90-k3s.conf of ${other.name}, then sysctl --system:\n${lines.join("\n")}`;
}
