import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { placeText, quoted, statementsLike } from "../../view/deployFiles.ts";
import { subjectOf } from "../../view/kube.ts";

export const importedImages: AuditCheck = {
  id: "deploy/imported-images",
  severity: "blocks",
  title: "Images are on one host and in no registry",
  reason:
    "An image imported by hand (k3s ctr images import, or a tar in agent/images) exists on that host alone. A pod of the other node asks a " +
    "registry for it: ImagePullBackOff, or ErrImageNeverPull where the policy is Never.",
  sources: [
    "https://docs.k3s.io/installation/registry-mirror",
    "https://github.com/canonical/microk8s/issues/2526",
    "https://github.com/k3s-io/docs/pull/430",
  ],
  find,
};

const IMPORTS =
  /\bctr\b.*\bimages?\s+import\b|\/var\/lib\/rancher\/k3s\/agent\/images\b|\bnerdctl\b.*\bload\b/;

function find(context: AuditContext): readonly Hit[] {
  const inFiles = statementsLike(context, IMPORTS).map(({ at, text }) => ({
    subject: `file ${at.file}`,
    evidence: `${placeText(at)}: ${quoted(text)}`,
    fix: "Push the image to a registry that both hosts reach (docker push ghcr.io/…, with an imagePullSecret), and let the nodes pull it. embedded-registry: true lets k3s nodes share images instead, over TCP 5001 and 6443 between all of them.",
    at,
  }));
  const never = context.cluster.workloads.flatMap(({ object, podSpec }) => {
    const { initContainers = [], containers = [] } = podSpec;
    return [...initContainers, ...containers]
      .filter(({ imagePullPolicy }) => imagePullPolicy === "Never")
      .map(({ name, image }) => ({
        subject: subjectOf(object),
        evidence: `container ${name}: image ${image}, imagePullPolicy: Never`,
        fix: `Push ${image} to a registry, name it there in full, and set imagePullPolicy: IfNotPresent.`,
      }));
  });
  return [...inFiles, ...onHosts(context), ...never];
}

/** k3s's own archive has its name, and a list in .txt or .json names what is pulled; all else is somebody's own. */
function onHosts({ facts }: AuditContext): readonly Hit[] {
  return Object.entries(facts.hosts).flatMap(([host, { importedImages = [] }]) => {
    const own = importedImages.filter(
      (file) => /\.tar(\.\w+)?$|\.tgz$/.test(file) && !/^k3s-airgap-images/.test(file),
    );
    if (own.length === 0) return [];
    return [
      {
        subject: `host ${host}`,
        evidence: `/var/lib/rancher/k3s/agent/images holds ${own.join(", ")}`,
        fix: "Push what is in it to a registry that both hosts reach, name it there in full in the manifests, and take the archive away.",
      },
    ];
  });
}
