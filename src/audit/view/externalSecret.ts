import type { KubeObject } from "../../model/facts.ts";
import { field } from "./kube.ts";

/** The Secret an ExternalSecret writes, as `namespace/name`. */
export function targetOf(externalSecret: KubeObject): string {
  const { namespace = "default", name } = externalSecret.metadata;
  const target = field(externalSecret, "spec", "target", "name");
  return `${namespace}/${typeof target === "string" ? target : name}`;
}

/** Keys that an ExternalSecret composes itself: `postgres://{{ .user }}:{{ .password }}@glaze-postgres/glaze`. */
export function templateData(externalSecret: KubeObject | undefined): Readonly<Record<string, string>> {
  const data = field(externalSecret, "spec", "target", "template", "data");
  if (typeof data !== "object" || data === null) return {};
  return Object.fromEntries(Object.entries(data).filter(([, value]) => typeof value === "string"));
}

/** Actions and no word beside them: what they come to stands in the Secret, whatever is done with the values. */
export function isValueAlone(template: string): boolean {
  return template.replaceAll(/\{\{.*?\}\}/g, "").trim() === "";
}

/** Where the secret manager keeps a key of the Secret: its name there, or the path all keys are taken from. */
export function remoteOf(externalSecret: KubeObject, key: string): string | null {
  const entries = list(field(externalSecret, "spec", "data"));
  const entry = entries.find((each) => field(each, "secretKey") === key);
  const remote = field(entry, "remoteRef", "key");
  if (typeof remote === "string") return remote;
  const from = list(field(externalSecret, "spec", "dataFrom"));
  const path = from
    .map((each) => field(each, "extract", "key") ?? field(each, "find", "path"))
    .find((each) => typeof each === "string");
  if (typeof path === "string") return `${path}/${key}`;
  return from.length > 0 ? key : null;
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
