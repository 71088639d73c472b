import type { Answer, Call } from "../call.ts";
import { edited, type Fields, read, type Stored } from "../object.ts";
import { patched, refuseType } from "./patch.ts";
import { change, existing } from "./update.ts";

/** GET, PUT and PATCH on `…/scale`: how many replicas there are to be. */
export function scale(call: Call): Answer {
  const object = existing(call);
  if (call.method === "GET") return { status: 200, body: scaleOf(object) };
  if (call.method === "PATCH") refuseType(call);
  const wanted = call.method === "PATCH" ? patched(call, scaleOf(object)) : call.body;
  const replicas = read<number>(wanted, "spec", "replicas") ?? 0;
  const next = edited(object, ({ spec }) => {
    (spec as Fields).replicas = replicas;
  });
  return { status: 200, body: scaleOf(change(call, next)) };
}

function scaleOf({ metadata, spec, status }: Stored): unknown {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = metadata;
  const labels = Object.entries(read<Record<string, string>>(spec, "selector", "matchLabels") ?? {});
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas: read<number>(spec, "replicas") },
    status: {
      replicas: read<number>(status, "replicas") ?? 0,
      selector: labels.map(([key, value]) => `${key}=${value}`).join(","),
    },
  };
}
