import { edited, type Fields } from "../object.ts";
import { builtIn } from "../resources.ts";
import { add, find, list, type World } from "../world.ts";
import { discard } from "../write/remove.ts";

const ROOT_CA_TEXT =
  "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the " +
  "internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.";

/** Furnishes new namespaces, and empties those that are to go. */
export function namespaces(world: World): void {
  for (const namespace of list(world, "namespaces")) {
    if (namespace.metadata.deletionTimestamp === undefined) furnish(world, namespace.metadata.name);
    else if (!empty(world, namespace.metadata.name)) {
      const done = edited(namespace, ({ spec }) => {
        (spec as Fields).finalizers = [];
      });
      world.store.remove(builtIn("namespaces"), done);
    }
  }
}

function furnish(world: World, namespace: string): void {
  if (find(world, "configmaps", namespace, "kube-root-ca.crt") === undefined) {
    add(world, "configmaps", {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: {
        name: "kube-root-ca.crt",
        namespace,
        annotations: { "kubernetes.io/description": ROOT_CA_TEXT },
      },
      data: { "ca.crt": "" },
    });
  }
  if (find(world, "serviceaccounts", namespace, "default") === undefined) {
    const metadata = { name: "default", namespace };
    add(world, "serviceaccounts", { apiVersion: "v1", kind: "ServiceAccount", metadata });
  }
}

/** True: there was something left to delete, or there still is. */
function empty(world: World, namespace: string): boolean {
  const held = world.store
    .resources()
    .filter(({ isNamespaced }) => isNamespaced)
    .flatMap((resource) => world.store.list(resource, namespace).map((object) => ({ resource, object })));
  for (const { resource, object } of held) discard(world, resource, object);
  return held.length > 0;
}
