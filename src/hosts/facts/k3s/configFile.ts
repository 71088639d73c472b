import { isMap, isScalar, isSeq, LineCounter, parseDocument } from "yaml";
import type { HostFile, K3sSetting } from "../../../model/hostFacts.ts";

/**
 * The settings of config.yaml and its drop-ins, in the order they are read: a later file replaces a key,
 * `key+` adds to it. https://docs.k3s.io/installation/configuration#multiple-config-files
 * Throws `SyntaxError` for a file that is no YAML mapping; k3s would not start either.
 */
export function configSettings(files: readonly HostFile[]): readonly K3sSetting[] {
  const byKey = new Map<string, readonly K3sSetting[]>();
  for (const { path, text } of files) {
    for (const { isAdded, setting } of entriesOf(path, text ?? "")) {
      const before = isAdded ? (byKey.get(setting.key) ?? []) : [];
      byKey.set(setting.key, [...before, setting]);
    }
  }
  return [...byKey.values()].flat();
}

interface Entry {
  readonly isAdded: boolean;
  readonly setting: K3sSetting;
}

function entriesOf(path: string, text: string): readonly Entry[] {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, version: "1.1" });
  const [problem] = document.errors;
  if (problem !== undefined) throw new SyntaxError(`${path}: ${problem.message.split("\n", 1)[0]}`);
  if (document.contents === null) return [];
  if (!isMap(document.contents)) throw new SyntaxError(`${path} is no mapping of keys`);
  return document.contents.items.flatMap(({ key, value }) => {
    if (!isScalar(key)) return [];
    const name = String(key.value);
    const line = key.range ? lines.linePos(key.range[0]).line : null;
    const setting = { key: name.replace(/\+$/, ""), values: valuesOf(value), from: { file: path, line } };
    return [{ isAdded: name.endsWith("+"), setting }];
  });
}

/** As k3s turns them into arguments; it knows YAML 1.1, where `yes` is true. */
function valuesOf(node: unknown): readonly string[] {
  if (isSeq(node)) return node.items.flatMap(valuesOf);
  if (isScalar(node)) return [node.value === null ? "" : String(node.value)];
  return node === null ? [""] : [JSON.stringify(node)];
}
