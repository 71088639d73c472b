import type { KubeObject } from "./facts.ts";
import { REDACTED, redactValue } from "./redact.ts";
import { isSecretName } from "./secretName.ts";
import { secretValue } from "./secretValue.ts";
import type { IsService } from "./serviceNames.ts";

type Fields = Readonly<Record<string, unknown>>;

/**
 * An object without anything secret: values of Secrets become `SecretValue`s, every other text is redacted by what it looks like
 * and by the name it has. Nothing of Helm's own records is left. Manifests and live objects alike.
 */
export function redactObject(object: KubeObject, isService: IsService): readonly KubeObject[] {
  if (object.kind !== "Secret") return [redacted(object, object.kind) as KubeObject];
  if (object.type === "helm.sh/release.v1") return [];
  const { data, stringData, metadata, ...rest } = object;
  const isHere = (host: string) => isService(host, metadata.namespace ?? "default");
  const plain = (text: string) => secretValue(text, isHere);
  return [
    {
      ...rest,
      metadata: redacted(metadata, "") as KubeObject["metadata"],
      ...(data === undefined ? {} : { data: values(data, (text) => plain(decoded(text))) }),
      ...(stringData === undefined ? {} : { stringData: values(stringData, plain) }),
    },
  ];
}

function values(data: unknown, say: (text: string) => unknown): Fields {
  return Object.fromEntries(
    Object.entries((data ?? {}) as Fields).map(([key, text]) => [
      key,
      isFields(text) ? text : say(String(text ?? "")),
    ]),
  );
}

/** What has been redacted before stays. */
function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null;
}

function decoded(base64: string): string {
  return Buffer.from(base64, "base64").toString();
}

/** Fields whose name sounds secret and whose value is only a name. */
const NAMES: ReadonlySet<string> = new Set(["secretKey", "serviceAccountToken", "tokenSecret"]);

function redacted(value: unknown, name: string): unknown {
  if (typeof value === "string") return NAMES.has(name) ? value : redactValue(name, value);
  if (Array.isArray(value)) return redactedList(value, name);
  if (typeof value !== "object" || value === null) return isSecretNumber(value, name) ? REDACTED : value;
  const fields = value as Fields;
  if (name === "binaryData") return values(fields, () => REDACTED);
  return Object.fromEntries(
    Object.entries(fields).map(([key, inner]) => [key, redacted(inner, nameOf(fields, key))]),
  );
}

/** `{ name: PASSWORD, value: … }`: the value has the name beside it. */
function nameOf({ name, key: named }: Fields, key: string): string {
  const beside = name ?? named;
  return key === "value" && typeof beside === "string" ? beside : key;
}

function isSecretNumber(value: unknown, name: string): boolean {
  return typeof value === "number" && isSecretName(name);
}

/** Words of a command line: what follows `--password` is one. */
function redactedList(items: readonly unknown[], name: string): readonly unknown[] {
  const isCommand = name === "args" || name === "command";
  return items.map((item, index) => {
    const before = items[index - 1];
    const follows = isCommand && typeof before === "string" && isOption(before) && typeof item === "string";
    return follows ? redactValue(before, item) : redacted(item, isCommand ? "" : name);
  });
}

function isOption(word: string): boolean {
  return /^--?[\w-]+$/.test(word) && isSecretName(word);
}
