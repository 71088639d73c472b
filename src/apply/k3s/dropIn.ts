import { stringify } from "yaml";
import type { WantedFile } from "../../hosts/keptFile.ts";
import type { K3sSetting } from "../../model/hostFacts.ts";

/**
 * What outgrow says to k3s stands in files of its own beside the user's, read last: a later file replaces a key, and
 * `key+` adds to it. The user's files stay as they are, and undo is to take ours away.
 * https://docs.k3s.io/installation/configuration#multiple-config-files
 */
export function dropIn(name: string, values: Readonly<Record<string, unknown>>): WantedFile {
  return {
    path: dropInPath(name),
    content: `# Written by outgrow: it stands above config.yaml. To go back, take this file away and restart k3s.\n${stringify(values)}`,
    mode: "0600",
    owner: "root:root",
  };
}

export function dropInPath(name: string): string {
  return `/etc/rancher/k3s/config.yaml.d/99-outgrow-${name}.yaml`;
}

/** The values of a key as the files give them, in their order. */
export function valuesOf(settings: readonly K3sSetting[], key: string): readonly string[] {
  return settings.filter((setting) => setting.key === key).flatMap(({ values }) => values);
}

/** Settings of a key that no file of ours can replace: those of the unit or its environment. */
export function outOfReach(settings: readonly K3sSetting[], key: string): readonly K3sSetting[] {
  return settings.filter((setting) => setting.key === key && !/\.ya?ml$/.test(setting.from.file));
}
