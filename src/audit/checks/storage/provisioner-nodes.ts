import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { field } from "../../view/kube.ts";

const DEFAULT_NODE = "DEFAULT_PATH_FOR_NON_LISTED_NODES";
const SUBJECT = "ConfigMap kube-system/local-path-config";

export const provisionerNodes: AuditCheck = {
  id: "storage/provisioner-nodes",
  severity: "warns",
  title: "The volume provisioner does not know the new host",
  reason:
    "The configuration of local-path-provisioner names hosts and their directories. Its default entry covers any host; where that is gone, or a host's list of " +
    "paths is empty, the provisioner refuses to make volumes there and their pods stay `Pending`. An empty list may be meant: then volumes are to be made elsewhere.",
  sources: ["https://github.com/rancher/local-path-provisioner#configuration"],
  find,
};

function find({ cluster, intent }: AuditContext): readonly Hit[] {
  const text = field(cluster.find("ConfigMap", "kube-system", "local-path-config"), "data", "config.json");
  const paths = typeof text === "string" ? pathsByNode(text) : null;
  if (paths === null) return [];
  return intent.newHosts.flatMap((host) => {
    const listed = paths.get(host) ?? paths.get(DEFAULT_NODE);
    if (listed !== undefined && listed.length > 0) return [];
    const evidence =
      listed === undefined
        ? `nodePathMap lists ${[...paths.keys()].join(", ")} and has no entry ${DEFAULT_NODE}`
        : `nodePathMap gives ${paths.has(host) ? host : DEFAULT_NODE} no path`;
    return [
      {
        subject: SUBJECT,
        evidence,
        fix: `Add to nodePathMap in config.json: {"node":"${host}","paths":["/var/lib/rancher/k3s/storage"]}`,
      },
    ];
  });
}

function pathsByNode(text: string): ReadonlyMap<string, readonly string[]> | null {
  const entries = field(parsed(text), "nodePathMap");
  if (!Array.isArray(entries)) return null;
  return new Map(
    entries.map((entry) => {
      const paths = field(entry, "paths");
      return [String(field(entry, "node")), Array.isArray(paths) ? paths.map(String) : []];
    }),
  );
}

/** What is no JSON is no configuration: the provisioner itself would not start. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
