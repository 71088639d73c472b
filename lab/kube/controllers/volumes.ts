import { edited, type Fields, read, type Stored } from "../object.ts";
import { builtIn } from "../resources.ts";
import { add, again, CONTROLLERS, find, list, replace, setStatus, timeText, type World } from "../world.ts";
import { release } from "./garbage.ts";

const LOCAL_PATH = "rancher.io/local-path";

/** local-path: a claim gets its volume on the node of the first pod that uses it, and is bound to it for good. */
export function volumes(world: World): void {
  for (const claim of list(world, "persistentvolumeclaims")) {
    if (read(claim, "status", "phase") === "Pending") provide(world, claim);
  }
  for (const volume of list(world, "persistentvolumes")) tend(world, volume);
}

function provide(world: World, claim: Stored): void {
  const named = read<string>(claim, "spec", "volumeName");
  const chosen = named === undefined ? undefined : find(world, "persistentvolumes", undefined, named);
  if (chosen !== undefined) {
    bind(world, claim, chosen, undefined);
    return;
  }
  const className = read<string>(claim, "spec", "storageClassName") ?? "";
  const storageClass = find(world, "storageclasses", undefined, className);
  const user = list(world, "pods", claim.metadata.namespace).find((pod) => uses(pod, claim));
  const node = read<string>(user, "spec", "nodeName");
  if (storageClass?.provisioner !== LOCAL_PATH || node === undefined) return;
  bind(world, claim, create(world, claim, storageClass, node), node);
}

export function uses(pod: Stored, claim: Stored): boolean {
  const mounted = read<readonly Fields[]>(pod, "spec", "volumes") ?? [];
  return (
    pod.metadata.namespace === claim.metadata.namespace &&
    mounted.some((volume) => read(volume, "persistentVolumeClaim", "claimName") === claim.metadata.name)
  );
}

function create(world: World, claim: Stored, storageClass: Stored, node: string): Stored {
  const { uid, name, namespace } = claim.metadata;
  const volume = `pvc-${uid}`;
  const values = [node];
  const expression = { key: "kubernetes.io/hostname", operator: "In", values };
  return add(
    world,
    "persistentvolumes",
    {
      apiVersion: "v1",
      kind: "PersistentVolume",
      metadata: {
        name: volume,
        annotations: {
          "local.path.provisioner/selected-node": node,
          "pv.kubernetes.io/provisioned-by": LOCAL_PATH,
        },
      },
      spec: {
        capacity: { storage: read(claim, "spec", "resources", "requests", "storage") },
        local: { path: `/var/lib/rancher/k3s/storage/${volume}_${namespace}_${name}` },
        accessModes: read(claim, "spec", "accessModes"),
        claimRef: { kind: "PersistentVolumeClaim", namespace, name, uid, apiVersion: "v1" },
        persistentVolumeReclaimPolicy: storageClass.reclaimPolicy,
        storageClassName: storageClass.metadata.name,
        volumeMode: "Filesystem",
        nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [expression] }] } },
      },
    },
    { manager: "local-path-provisioner" },
  );
}

function bind(world: World, claim: Stored, volume: Stored, node: string | undefined): void {
  const provisioner = volume.metadata.annotations?.["pv.kubernetes.io/provisioned-by"];
  const bound = edited(claim, ({ metadata, spec }) => {
    metadata.annotations = {
      ...metadata.annotations,
      "pv.kubernetes.io/bind-completed": "yes",
      "pv.kubernetes.io/bound-by-controller": "yes",
      ...(provisioner === undefined
        ? {}
        : {
            "volume.beta.kubernetes.io/storage-provisioner": provisioner,
            "volume.kubernetes.io/storage-provisioner": provisioner,
          }),
      ...(node === undefined ? {} : { "volume.kubernetes.io/selected-node": node }),
    };
    (spec as Fields).volumeName = volume.metadata.name;
  });
  const kept = replace(world, "persistentvolumeclaims", claim, bound, CONTROLLERS);
  setStatus(world, "persistentvolumeclaims", kept, {
    phase: "Bound",
    accessModes: read(volume, "spec", "accessModes"),
    capacity: read(volume, "spec", "capacity"),
  });
  const { name, namespace, uid } = claim.metadata;
  const claimed = edited(volume, ({ spec }) => {
    (spec as Fields).claimRef = { kind: "PersistentVolumeClaim", namespace, name, uid, apiVersion: "v1" };
  });
  replace(world, "persistentvolumes", volume, claimed, CONTROLLERS);
}

/** A volume whose claim is gone is released; with the policy `Delete` it is gone too, data and all. */
function tend(world: World, volume: Stored): void {
  const reference = read<{ namespace: string; name: string; uid?: string }>(volume, "spec", "claimRef");
  const claim = reference && find(world, "persistentvolumeclaims", reference.namespace, reference.name);
  const isClaimed =
    claim !== undefined && (reference?.uid === undefined || claim.metadata.uid === reference.uid);
  const phase = reference === undefined ? "Available" : isClaimed ? "Bound" : "Released";
  const policy = read(volume, "spec", "persistentVolumeReclaimPolicy");
  if (phase === "Released" && policy === "Delete") {
    release(world, builtIn("persistentvolumes"), volume, "kubernetes.io/pv-protection");
    return;
  }
  if (volume.metadata.deletionTimestamp !== undefined && phase !== "Bound") {
    release(world, builtIn("persistentvolumes"), volume, "kubernetes.io/pv-protection");
    return;
  }
  if (read(volume, "status", "phase") === phase) return;
  const live = again(world, "persistentvolumes", volume) ?? volume;
  setStatus(world, "persistentvolumes", live, { phase, lastPhaseTransitionTime: timeText(world.now()) });
}
