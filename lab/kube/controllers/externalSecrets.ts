import { edited, isOwnedBy, ownerOf, read, type Stored } from "../object.ts";
import { add, find, replace, type World } from "../world.ts";
import type { Controller } from "./settle.ts";

/** What the secret manager says, by its own keys, and whether the controller is at work. */
export interface SecretManager {
  readonly values: Map<string, string>;
  isAway: boolean;
}

/** What installs its API. */
export const EXTERNAL_SECRETS = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "externalsecrets.external-secrets.io" },
  spec: {
    group: "external-secrets.io",
    scope: "Namespaced",
    names: { plural: "externalsecrets", kind: "ExternalSecret" },
    versions: [{ name: "v1", served: true, storage: true }],
  },
} as const;

const WRITER = { manager: "external-secrets" };

/**
 * STANDS IN for the controller of External Secrets with a secret manager behind it. It is harsher than the real one:
 * it writes at every opportunity, not once an interval, so that whatever it could write back it does. Of templates it
 * knows `{{ .KEY }}` and sprig's `replace`; at anything else it writes nothing, as a real one that fails.
 */
export function externalSecrets(manager: SecretManager): Controller {
  return (world) => {
    if (manager.isAway) return;
    const resource = world.store.resources().find(({ plural }) => plural === "externalsecrets");
    if (resource === undefined) return;
    for (const external of world.store.list(resource)) write(world, external, manager.values);
  };
}

function write(world: World, external: Stored, values: SecretManager["values"]): void {
  const { namespace, name } = external.metadata;
  const data = composed(external, values);
  if (data === null) return;
  const target = read<string>(external, "spec", "target", "name") ?? name;
  const last = find(world, "secrets", namespace, target);
  if (last === undefined) {
    const metadata = { name: target, ...(namespace === undefined ? {} : { namespace }) };
    const owned = { ...metadata, ownerReferences: [ownerOf(external)] };
    add(
      world,
      "secrets",
      { apiVersion: "v1", kind: "Secret", metadata: owned, type: "Opaque", data },
      WRITER,
    );
    return;
  }
  const next = edited(last, (draft) => {
    Object.assign(draft, { data });
    if (!isOwnedBy(last, external)) Object.assign(draft.metadata, { ownerReferences: [ownerOf(external)] });
  });
  replace(world, "secrets", last, next, WRITER);
}

interface Fetched {
  readonly secretKey: string;
  readonly remoteRef: { readonly key: string };
}

/** Base64, as a Secret has it; `null` when a key or a function is not known. */
function composed(
  external: Stored,
  values: SecretManager["values"],
): Readonly<Record<string, string>> | null {
  const entries = (read<readonly Fetched[]>(external, "spec", "data") ?? []).map(
    ({ secretKey, remoteRef }) => [secretKey, values.get(remoteRef.key)] as const,
  );
  const fetched = Object.fromEntries(entries);
  const template = read<Readonly<Record<string, unknown>>>(external, "spec", "target", "template");
  const texts = Object.entries(read<Readonly<Record<string, string>>>(template, "data") ?? {}).map(
    ([key, text]) => [key, rendered(text, fetched)] as const,
  );
  const isMerged = texts.length === 0 || template?.mergePolicy === "Merge";
  const all = [...(isMerged ? entries : []), ...texts];
  if (all.some(([, text]) => text === undefined)) return null;
  return Object.fromEntries(all.map(([key, text]) => [key, Buffer.from(text ?? "").toString("base64")]));
}

function rendered(text: string, fetched: Readonly<Record<string, string | undefined>>): string | undefined {
  let isKnown = true;
  const result = text.replace(/\{\{-?\s*(.*?)\s*-?\}\}/g, (_, inner: string) => {
    const [first = "", ...steps] = inner.split(" | ");
    const start = fetched[first.replace(/^\./, "")];
    const end = steps.reduce<string | undefined>((value, step) => {
      const words = /^replace ("(?:[^"\\]|\\.)*") ("(?:[^"\\]|\\.)*")$/.exec(step);
      if (value === undefined || words === null) return undefined;
      return value.replaceAll(JSON.parse(words[1] ?? ""), JSON.parse(words[2] ?? ""));
    }, start);
    if (end === undefined) isKnown = false;
    return end ?? "";
  });
  return isKnown ? result : undefined;
}
