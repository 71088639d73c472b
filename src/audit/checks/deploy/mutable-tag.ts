import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { statementsLike } from "../../view/deployFiles.ts";
import { subjectOf } from "../../view/kube.ts";
import type { Workload } from "../../view/workload.ts";

export const mutableTag: AuditCheck = {
  id: "deploy/mutable-tag",
  severity: "warns",
  title: "One tag may be two images",
  reason:
    "A tag that moves (latest, main, or none at all) is whatever it was when a node pulled it. With two nodes that is two versions of the " +
    "product behind one address, and a pod that moves changes its code.",
  sources: [
    "https://kubernetes.io/docs/concepts/containers/images/#image-pull-policy",
    "https://polaris.docs.fairwinds.com/checks/reliability/",
  ],
  find,
};

const MOVING = new Set(["latest", "main", "master", "develop", "dev", "edge", "stable", "nightly"]);

function find(context: AuditContext): readonly Hit[] {
  if (isNamedByDeploy(context)) return [];
  return context.cluster.workloads.flatMap((workload) => {
    const images = [...new Set(movingImages(workload))];
    if (images.length === 0) return [];
    const fixed = images.map((image) => `${nameOf(image)}:<version or commit>`).join(" and ");
    return [
      {
        subject: subjectOf(workload.object),
        evidence: images.map((image) => `image ${image}`).join("; "),
        fix: `Name what cannot change: ${fixed}, or the digest (@sha256:…).`,
      },
    ];
  });
}

/** A rendered chart shows the tag of its values; the deploy gives another one each time. */
function isNamedByDeploy(context: AuditContext): boolean {
  const sets = /\bhelm\b.*\s--set(-string)?[\s=]["']?[\w.]*tag=/;
  return context.facts.cluster === null && statementsLike(context, sets).length > 0;
}

function movingImages({ podSpec }: Workload): readonly string[] {
  const { initContainers = [], containers = [] } = podSpec;
  return [...initContainers, ...containers].flatMap(({ image }) =>
    image !== undefined && !image.includes("@") && isMoving(image) ? [image] : [],
  );
}

function isMoving(image: string): boolean {
  const tag = image.slice(nameOf(image).length + 1);
  return tag === "" || MOVING.has(tag);
}

/** Without its tag; the colon of a registry's port is none. */
function nameOf(image: string): string {
  return image.replace(/:[^:/]*$/, "");
}
