import type { HostFacts } from "../../../model/hostFacts.ts";
import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";

export const customPath: AuditCheck = {
  id: "storage/custom-path",
  severity: "warns",
  title: "Volumes are kept on a disk the new host lacks",
  reason:
    "`default-local-storage-path` tells k3s where volumes are kept: often the mount point of a block volume. The setting holds for the whole cluster, the mount only " +
    "for one host. On a host without it the directory is simply created on the root disk, and volumes land there unnoticed.",
  sources: ["https://docs.k3s.io/cli/server", "https://docs.k3s.io/storage"],
  find,
};

const USUAL = "/var/lib/rancher/k3s/storage";

function find({ facts, intent }: AuditContext): readonly Hit[] {
  return Object.entries(facts.hosts).flatMap(([name, host]) => {
    const setting = host.k3s?.settings.findLast(({ key }) => key === "default-local-storage-path");
    const path = setting?.values.at(-1);
    if (setting === undefined || path === undefined || path === USUAL) return [];
    const mount = mountOf(host, path);
    const lacking = intent.newHosts.filter((each) => !hasMount(facts.hosts[each], mount));
    if (mount === "/" || lacking.length === 0) return [];
    const { file, line } = setting.from;
    return [
      {
        subject: `Host ${name}`,
        evidence: `default-local-storage-path: ${path} (${file}); ${mount} is a disk of its own there`,
        fix: `Mount a disk at ${mount} on ${lacking.join(" and ")} before it joins, and add it to /etc/fstab.`,
        at: line === null ? { file } : { file, line },
      },
    ];
  });
}

/** The mount a path lies in: the longest one that begins it. */
function mountOf({ disks }: HostFacts, path: string): string {
  const mounts = disks.map(({ mount }) => mount).filter((mount) => isBelow(path, mount));
  return mounts.reduce((longest, mount) => (mount.length > longest.length ? mount : longest), "/");
}

function isBelow(path: string, mount: string): boolean {
  return path === mount || path.startsWith(mount.endsWith("/") ? mount : `${mount}/`);
}

function hasMount(host: HostFacts | undefined, mount: string): boolean {
  return host?.disks.some((disk) => disk.mount === mount) ?? false;
}
