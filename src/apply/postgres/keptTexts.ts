import type { KubeApi } from "../../kube/api.ts";
import { ask, find, MERGE_PATCH } from "../../kube/ask.ts";
import type { HolderName } from "./held.ts";

/**
 * What texts were before they were changed: a Secret of ours in each namespace, named by the attempt. They hold
 * passwords, so that the journal never sees them, and they leave neither their namespace nor the cluster.
 */
export interface KeptTexts {
  /** By place; empty when nothing of it was changed. */
  of(holder: HolderName): Promise<Readonly<Record<string, string>>>;
  /** Before the change; what is kept of other places stays. */
  keep(holder: HolderName, texts: Readonly<Record<string, string>>): Promise<void>;
  /** The Secrets there are: `Secret default/outgrow-before-…`. */
  secretsIn(namespaces: readonly string[]): Promise<readonly string[]>;
  forget(namespaces: readonly string[]): Promise<void>;
}

export function keptSecret(attempt: string): string {
  return `outgrow-before-${attempt}`;
}

/** As it is named to people. */
export function keptSecretIn(namespace: string, attempt: string): string {
  return `Secret ${namespace}/${keptSecret(attempt)}`;
}

export function createKeptTexts(kube: KubeApi, attempt: string): KeptTexts {
  const pathIn = (namespace: string) => `/api/v1/namespaces/${namespace}/secrets`;
  const pathOf = (namespace: string) => `${pathIn(namespace)}/${keptSecret(attempt)}`;
  const read = async ({ kind, namespace, name }: HolderName) => {
    const secret = await find<{ readonly data?: Readonly<Record<string, string>> }>(kube, pathOf(namespace));
    const data = secret?.data?.[`${kind}.${name}`];
    const kept = data === undefined ? {} : JSON.parse(Buffer.from(data, "base64").toString());
    return { isThere: secret !== null, kept: kept as Readonly<Record<string, string>> };
  };
  const thoseKept = async (namespaces: readonly string[]) => {
    const all = [...new Set(namespaces)];
    const found = await Promise.all(all.map((namespace) => find(kube, pathOf(namespace))));
    return all.filter((_, index) => found[index] !== null);
  };
  return {
    of: async (holder) => (await read(holder)).kept,
    keep: async (holder, texts) => {
      const { isThere, kept } = await read(holder);
      const { kind, namespace, name } = holder;
      const text = JSON.stringify({ ...kept, ...texts });
      const data = { [`${kind}.${name}`]: Buffer.from(text).toString("base64") };
      const metadata = { name: keptSecret(attempt), labels: { "app.kubernetes.io/managed-by": "outgrow" } };
      await (isThere
        ? ask(kube, {
            method: "PATCH",
            path: pathOf(namespace),
            contentType: MERGE_PATCH,
            body: { data },
          })
        : ask(kube, {
            method: "POST",
            path: pathIn(namespace),
            body: { apiVersion: "v1", kind: "Secret", metadata, type: "Opaque", data },
          }));
    },
    secretsIn: async (namespaces) =>
      (await thoseKept(namespaces)).map((namespace) => keptSecretIn(namespace, attempt)),
    forget: async (namespaces) => {
      for (const namespace of await thoseKept(namespaces)) {
        await ask(kube, { method: "DELETE", path: pathOf(namespace) });
      }
    },
  };
}
