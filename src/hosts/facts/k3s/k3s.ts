import type { HostFile, K3sFacts, K3sSetting } from "../../../model/hostFacts.ts";
import { readCommandLine } from "./commandLine.ts";
import { configSettings } from "./configFile.ts";
import { environmentSettings } from "./environment.ts";
import { effectiveSettings } from "./setting.ts";
import { type UnitWord, unitWords } from "./unit.ts";

const CONFIG = "/etc/rancher/k3s/config.yaml";
const UNITS = "/etc/systemd/system";

/** The installation as its unit starts it: role, and where each setting comes from. */
export interface K3sInstallation {
  readonly role: K3sFacts["role"];
  readonly settings: readonly K3sSetting[];
}

/** `null` when no unit starts k3s. Throws `SyntaxError` when its configuration is no YAML. */
export function k3sInstallation(files: readonly HostFile[]): K3sInstallation | null {
  const there = files.filter(({ text }) => text !== null);
  for (const name of ["k3s", "k3s-agent"]) {
    const unit = there.filter(({ path }) => isOfUnit(path, name));
    const line = readCommandLine(unitWords(unit, "ExecStart"));
    if (line === null) continue;
    const named = environmentPaths(unitWords(unit, "EnvironmentFile"), name);
    const environment = environmentSettings(
      unitWords(unit, "Environment"),
      named.flatMap((path) => there.filter((file) => file.path === path)),
    );
    const config = configPath(environment, line.settings);
    const written = configSettings(there.filter(({ path }) => isOfConfig(path, config)).sort(byPath));
    return { role: line.role, settings: effectiveSettings(written, line.settings, environment) };
  }
  return null;
}

/** What the first reading names and only a second can read: other configurations, environments, resolv.conf. */
export function filesNamedByK3s(files: readonly HostFile[]): readonly string[] {
  const there = files.filter(({ text }) => text !== null);
  const environments = ["k3s", "k3s-agent"].flatMap((name) =>
    environmentPaths(
      unitWords(
        there.filter(({ path }) => isOfUnit(path, name)),
        "EnvironmentFile",
      ),
      name,
    ),
  );
  const installation = k3sInstallation(files);
  const settings = installation?.settings ?? [];
  const resolvConf = settings.flatMap(({ key, values }) =>
    key === "kubelet-arg"
      ? values.flatMap((value) => /^resolv-conf=(.+)$/.exec(value)?.[1] ?? [])
      : ["resolv-conf", "private-registry", "config"].includes(key)
        ? values
        : [],
  );
  return [...environments, ...resolvConf].filter((path) => path.startsWith("/"));
}

function isOfUnit(path: string, name: string): boolean {
  return path === `${UNITS}/${name}.service` || path.startsWith(`${UNITS}/${name}.service.d/`);
}

function isOfConfig(path: string, config: string): boolean {
  return path === config || path.startsWith(`${config}.d/`);
}

/** A leading `-` allows a file to be missing; `%N` is the unit's name. */
function environmentPaths(words: readonly UnitWord[], name: string): readonly string[] {
  return words.map(({ word }) => word.replace(/^-/, "").replaceAll("%N", name));
}

/** The environment is asked first for this one. */
function configPath(environment: readonly K3sSetting[], arguments_: readonly K3sSetting[]): string {
  const named = [...environment, ...arguments_].find(({ key }) => key === "config");
  return named?.values[0] ?? CONFIG;
}

function byPath(a: HostFile, b: HostFile): number {
  return a.path < b.path ? -1 : 1;
}
