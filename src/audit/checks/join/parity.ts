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
    "Kernel settings, swap, zram, limits, the journal's size, automatic upgrades and the system itself drift apart when one host was tuned by hand: what was learned there the hard way is " +
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
    ...differentFiles(first, other),
  ];
}

/** What a host is set up with beside the kernel: what its processes may open, its journal, its own upgrades. */
const SET_UP =
  /^\/etc\/(systemd\/(journald|system)\.conf(\.d\/.*)?|security\/limits\.(conf|d\/.*)|apt\/apt\.conf\.d\/.*)$/;

/** More than this is not read in one line: diff tells it better. */
const LONGEST = 160;

function differentFiles(first: HostView, other: HostView): readonly string[] {
  // Facts of a host of which no such file was asked say nothing.
  if (![first, other].every(({ facts }) => facts.files.some(({ path }) => SET_UP.test(path)))) return [];
  const paths = [first, other].flatMap(({ facts }) => facts.files.map(({ path }) => path));
  return [...new Set(paths)]
    .filter((path) => SET_UP.test(path))
    .toSorted()
    .flatMap((path) => {
      const [mine, theirs] = [linesSaid(first, path), linesSaid(other, path)];
      if (mine === theirs) return [];
      if (`${mine}${theirs}`.length > LONGEST) return [`${path} differs`];
      return [`${path}: ${mine || "nothing"} on ${first.name}, ${theirs || "nothing"} on ${other.name}`];
    });
}

/** Without comments and headings: what every distribution ships says nothing. */
function linesSaid({ facts }: HostView, path: string): string {
  const text = facts.files.find((file) => file.path === path)?.text ?? "";
  return text
    .split("\n")
    .map((line) => line.replace(/^\s*(#|;|\/\/).*|^\s*\[.*\]\s*$/, "").trim())
    .filter((line) => line !== "")
    .join(" | ");
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
