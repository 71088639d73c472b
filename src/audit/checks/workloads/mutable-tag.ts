import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { subjectOf } from "../../view/kube.ts";
import { productWorkloads } from "../../view/product.ts";

export const mutableTag: AuditCheck = {
  id: "workloads/mutable-tag",
  severity: "warns",
  title: "Two hosts may run two images under one tag",
  reason:
    "Each host pulls for itself. What `latest`, or a branch's name, means on the day the second host pulls is not what it meant when the first one did; with `IfNotPresent` each keeps its own for ever. " +
    "Half the requests then meet another version. A tag that is never reused, or a digest, is the same everywhere.",
  sources: [
    "https://kubernetes.io/docs/concepts/containers/images/#image-pull-policy",
    "https://polaris.docs.fairwinds.com/checks/reliability/",
  ],
  find,
};

const MOVING = /^(latest|main|master|stable|edge|dev|develop|nightly|prod|production|staging|next)$/;

function find(context: AuditContext): readonly Hit[] {
  return productWorkloads(context).flatMap(({ object, podSpec }) => {
    const images = [...(podSpec.initContainers ?? []), ...(podSpec.containers ?? [])].flatMap(
      ({ name, image, imagePullPolicy }) => {
        if (image === undefined || !isMoving(image)) return [];
        return [
          `container ${name}: ${image}${imagePullPolicy === undefined ? "" : `, imagePullPolicy ${imagePullPolicy}`}`,
        ];
      },
    );
    if (images.length === 0) return [];
    return [
      {
        subject: subjectOf(object),
        evidence: images.join("; "),
        fix: "Name a version that is never pushed again (the commit, say), or a digest: image@sha256:…",
      },
    ];
  });
}

/** No tag means `latest`; a digest is what it is. The registry's port is no tag. */
function isMoving(image: string): boolean {
  if (image.includes("@")) return false;
  const tag = /:([^/:]*)$/.exec(image)?.[1];
  return tag === undefined || tag === "" || MOVING.test(tag);
}
