import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { viewHosts } from "../../view/hosts.ts";

export const serverSize: AuditCheck = {
  id: "k3s/server-size",
  severity: "informs",
  title: "The server is smaller than k3s asks for",
  reason:
    "k3s asks for 2 cores and 2 GB for a server, 1 core and 512 MB for an agent. A host with one core spends much of it on the control " +
    "plane; a larger one in its place often costs what a second small one does, with one reboot and far less risk. Weigh both.",
  sources: ["https://docs.k3s.io/installation/requirements#hardware"],
  find,
};

const GIB = 1024 ** 3;
/** What a plan sells as 2 GB shows less to the system. */
const SOLD_AS_2_GB = 1.8 * GIB;
const SOLD_AS_512_MB = 0.4 * GIB;

function find(context: AuditContext): readonly Hit[] {
  return viewHosts(context).flatMap(({ name, role, facts: { cpus, memory } }) => {
    const [cores, bytes] = role === "server" ? [2, SOLD_AS_2_GB] : [1, SOLD_AS_512_MB];
    const isSmall = (cpus ?? cores) < cores || (memory?.totalBytes ?? bytes) < bytes;
    if (!isSmall) return [];
    const size = memory === null ? "" : `, ${(memory.totalBytes / GIB).toFixed(1)} GiB of memory`;
    return [
      {
        subject: `host ${name}`,
        evidence: `${cpus ?? "?"} core${cpus === 1 ? "" : "s"}${size}; k3s asks for ${role === "server" ? "2 cores and 2 GB" : "1 core and 512 MB"}`,
        fix: `Price a larger size for ${name} beside the second host: outgrow plan shows both.`,
      },
    ];
  });
}
