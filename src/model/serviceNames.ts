import type { KubeObject } from "./facts.ts";

/** Whether a text is how pods of a namespace name a Service of this cluster: `db`, `db.shop`, `db.shop.svc.cluster.local`. */
export type IsService = (host: string, namespace: string) => boolean;

export function serviceNames(objects: readonly KubeObject[]): IsService {
  const names = new Set(
    objects
      .filter(({ kind }) => kind === "Service")
      .map(({ metadata }) => `${metadata.name}.${metadata.namespace}`),
  );
  return (host, namespace) => {
    const short = host.replace(/\.svc(\.[a-z0-9.-]+)?\.?$/, "");
    return names.has(short) || (!short.includes(".") && names.has(`${short}.${namespace}`));
  };
}
