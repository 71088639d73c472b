import type { ServerResponse } from "node:http";
import type { Call } from "./call.ts";
import type { Stored } from "./object.ts";
import { refusal, statusOf } from "./refusal.ts";
import { apiVersionOf } from "./resources.ts";
import { matchesFields, matchesLabels } from "./selectors.ts";
import type { Change } from "./store.ts";

const DEFAULT_SECONDS = 1800;

/** GET with `watch=true`: what is there or happened since, then what happens, one JSON event a line. */
export function watch(call: Call, response: ServerResponse): void {
  const { world, query } = call;
  const since = query.get("resourceVersion") ?? "";
  response.writeHead(200, { "Content-Type": "application/json" });
  const send = (type: string, object: unknown) => response.write(`${JSON.stringify({ type, object })}\n`);
  const isStart = since === "" || since === "0" || query.get("sendInitialEvents") === "true";
  if (isStart)
    for (const object of world.store.list(call.target.resource, call.target.namespace))
      initial(call, object, send);
  else if (Number(since) < world.store.compactedAt()) {
    send(
      "ERROR",
      statusOf(refusal(410, "Expired", `too old resource version: ${since} (${world.store.compactedAt()})`)),
    );
    response.end();
    return;
  } else for (const change of world.store.changesSince(Number(since))) follow(call, change, send);
  if (query.get("sendInitialEvents") === "true") send("BOOKMARK", bookmark(call));
  const stop = world.store.listen((change) => follow(call, change, send));
  const seconds = Number(query.get("timeoutSeconds") ?? DEFAULT_SECONDS);
  const timer = setTimeout(() => response.end(), seconds * 1000);
  response.on("close", () => {
    stop();
    clearTimeout(timer);
  });
}

type Send = (type: string, object: unknown) => void;

function initial(call: Call, object: Stored, send: Send): void {
  if (isWanted(call, object)) send("ADDED", object);
}

function follow(call: Call, { type, resource, object }: Change, send: Send): void {
  const { target } = call;
  const isSame = resource.plural === target.resource.plural && resource.group === target.resource.group;
  if (isSame && isWanted(call, object)) send(type, object);
}

function isWanted({ target, query }: Call, object: Stored): boolean {
  const inNamespace = target.namespace === undefined || object.metadata.namespace === target.namespace;
  const isNamed = target.name === undefined || object.metadata.name === target.name;
  return (
    inNamespace &&
    isNamed &&
    matchesLabels(query.get("labelSelector") ?? "", object) &&
    matchesFields(query.get("fieldSelector") ?? "", object)
  );
}

/** Says that all that was there has been told. */
function bookmark({ world, target }: Call): unknown {
  return {
    kind: target.resource.kind,
    apiVersion: apiVersionOf(target.resource),
    metadata: {
      resourceVersion: String(world.store.revision()),
      annotations: { "k8s.io/initial-events-end": "true" },
    },
  };
}
