import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { subjectOf } from "../../view/kube.ts";
import { isOperators } from "../../view/product.ts";
import type { Workload } from "../../view/workload.ts";

export const hostPath: AuditCheck = {
  id: "storage/host-path",
  severity: "blocks",
  title: "A pod keeps files in a directory of its host",
  reason:
    "A `hostPath` volume is whatever the host has at that path. On the second host the directory is missing, or is created empty without a word " +
    "(`DirectoryOrCreate`, or no type at all): the pod starts, finds nothing, and writes where nobody looks. DaemonSets that read logs or metrics of " +
    "each host are meant to, and sockets and time zones are the same everywhere.",
  sources: [
    "https://kubernetes.io/docs/concepts/storage/volumes/#hostpath",
    "https://github.com/FairwindsOps/polaris/issues/756",
  ],
  find,
};

/** The same on every host, or of the host on purpose. */
const HARMLESS =
  /^\/(etc\/(localtime|timezone|machine-id|ssl(\/.*)?|ca-certificates(\/.*)?)|usr\/share\/(zoneinfo|ca-certificates)(\/.*)?|proc|sys|dev\/.*|lib\/modules)\/?$|\.sock$/;

function find({ cluster }: AuditContext): readonly Hit[] {
  return cluster.workloads
    .filter(({ kind, namespace }) => kind !== "DaemonSet" && !isOperators(namespace))
    .flatMap((workload) => hitsOf(workload));
}

function hitsOf({ object, podSpec }: Workload): readonly Hit[] {
  return (podSpec.volumes ?? []).flatMap(({ name, hostPath: source }) => {
    if (source === undefined || HARMLESS.test(source.path)) return [];
    const type = source.type === undefined || source.type === "" ? "no type" : `type ${source.type}`;
    return [
      {
        subject: subjectOf(object),
        evidence: `volume ${name}: hostPath ${source.path} (${type})`,
        fix: `Keep what is in ${source.path} in object storage, a ConfigMap or a claim, and remove the volume "${name}" from ${subjectOf(object)}.`,
      },
    ];
  });
}
