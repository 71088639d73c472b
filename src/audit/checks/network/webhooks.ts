import type { KubeObject } from "../../../model/facts.ts";
import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { fromPeer } from "../../view/flows.ts";
import { viewHosts } from "../../view/hosts.ts";
import { field, subjectOf } from "../../view/kube.ts";
import { overlayPort } from "../../view/ports.ts";

export const webhooks: AuditCheck = {
  id: "network/webhooks",
  severity: "informs",
  title: "The API server calls webhooks through the pod network",
  reason:
    "cert-manager, External Secrets and others answer the API server's questions from pods, and some turn their resources from one version into another there. Once such a pod runs on the other host, " +
    "the question goes through the tunnel: closed, every change of what it watches times out, and helm upgrade fails although both nodes " +
    "are Ready. Where the firewall is known to drop the tunnel this warns; otherwise it says what to try before pods may go there.",
  sources: ["https://github.com/cert-manager/cert-manager/issues/2811"],
  find,
};

const KINDS = ["ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"];

function find(context: AuditContext): readonly Hit[] {
  const configurations = [
    ...KINDS.flatMap((kind) => context.cluster.of(kind)).filter(asksPods),
    ...context.cluster.of("CustomResourceDefinition").filter(isConvertedInPods),
  ];
  if (configurations.length === 0) return [];
  const names = configurations.map(subjectOf).join(", ");
  const isClosed = tunnelIsClosed(context);
  return [
    {
      subject: "admission webhooks",
      evidence: isClosed
        ? `${names}; the tunnel between the hosts is closed (firewall/overlay-closed)`
        : names,
      fix: `${isClosed ? "Open the tunnel first. " : ""}Once the new node has joined, and before it takes other pods: kubectl apply --dry-run=server of a Certificate and of an ExternalSecret, with the webhook's pod on each node in turn.`,
      ...(isClosed ? { severity: "warns" as const } : {}),
    },
  ];
}

/** Refusing when they do not answer: those that only watch stop nobody. */
function asksPods(configuration: KubeObject): boolean {
  const all = field(configuration, "webhooks");
  return (
    Array.isArray(all) &&
    all.some(
      (webhook: unknown) =>
        field(webhook, "clientConfig", "service") !== undefined &&
        field(webhook, "failurePolicy") !== "Ignore",
    )
  );
}

/** Every read and write of such a resource in another version goes through the webhook; it has no failure policy. */
function isConvertedInPods(definition: KubeObject): boolean {
  const conversion = field(definition, "spec", "conversion");
  return (
    field(conversion, "strategy") === "Webhook" &&
    field(conversion, "webhook", "clientConfig", "service") !== undefined
  );
}

function tunnelIsClosed(context: AuditContext): boolean {
  const port = overlayPort(context);
  return (
    port !== null &&
    viewHosts(context).some((host) =>
      host.peers.some((peer) => fromPeer(host, peer, port)?.verdict === "drop"),
    )
  );
}
