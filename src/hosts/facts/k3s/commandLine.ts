import type { K3sSetting } from "../../../model/hostFacts.ts";
import type { UnitWord } from "./unit.ts";

/** What a unit starts: `k3s server …` or `k3s agent …`. */
export interface K3sCommandLine {
  readonly role: "server" | "agent";
  readonly settings: readonly K3sSetting[];
}

/** https://docs.k3s.io/cli/server and https://docs.k3s.io/cli/agent */
const SHORT: Readonly<Record<string, string>> = {
  c: "config",
  d: "data-dir",
  i: "node-ip",
  l: "log",
  o: "write-kubeconfig",
  s: "server",
  t: "token",
};

/** `null` when no word says what k3s is to be. */
export function readCommandLine(words: readonly UnitWord[]): K3sCommandLine | null {
  const at = words.findIndex(({ word }) => word === "server" || word === "agent");
  const role = words[at]?.word;
  if (role !== "server" && role !== "agent") return null;
  return { role, settings: settingsIn(words.slice(at + 1)) };
}

function settingsIn(words: readonly UnitWord[]): readonly K3sSetting[] {
  return words.flatMap(({ word, from }, index) => {
    const [, name, written] = /^--?([A-Za-z][\w-]*)(?:=([\s\S]*))?$/.exec(word) ?? [];
    if (name === undefined) return [];
    const next = words[index + 1]?.word;
    const value = written ?? (next === undefined || next.startsWith("-") ? "true" : next);
    return [{ key: SHORT[name] ?? name, values: [value], from }];
  });
}
