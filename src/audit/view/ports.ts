import type { AuditContext } from "../context.ts";
import type { Port } from "./cloudFirewall.ts";
import { lastOf, settingsNamed } from "./settings.ts";

/** How flannel carries pod traffic from host to host; k3s's own default is vxlan. */
export function flannelBackend(context: AuditContext): string {
  return lastOf(settingsNamed(context, "flannel-backend"))[0]?.value ?? "vxlan";
}

/** The port of it; `null` for a backend that has none, or for a network plugin of one's own. */
export function overlayPort(context: AuditContext): Port | null {
  const backend = flannelBackend(context);
  if (backend === "vxlan") return { protocol: "udp", port: 8472 };
  return backend === "wireguard-native" ? { protocol: "udp", port: 51820 } : null;
}

/** Supervisor and Kubernetes API of the server: what an agent joins. */
export function apiPort(context: AuditContext): Port {
  const said = Number(lastOf(settingsNamed(context, "https-listen-port"))[0]?.value ?? 6443);
  return { protocol: "tcp", port: Number.isInteger(said) ? said : 6443 };
}

export const KUBELET: Port = { protocol: "tcp", port: 10250 };

/** Where pods and Services have their addresses; k3s's own defaults. */
export function clusterRanges(context: AuditContext): { readonly pods: string; readonly services: string } {
  const said = (key: string) => lastOf(settingsNamed(context, key))[0]?.value.split(",")[0];
  return { pods: said("cluster-cidr") ?? "10.42.0.0/16", services: said("service-cidr") ?? "10.43.0.0/16" };
}
