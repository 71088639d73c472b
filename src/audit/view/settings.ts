import type { AuditContext } from "../context.ts";
import { viewHosts } from "./hosts.ts";
import { repositorySettings } from "./k3sFiles.ts";
import type { Setting } from "./setting.ts";

/** Every value of every k3s setting; a line of the repository that a host already has is told with the host. */
export function k3sSettings(context: AuditContext): readonly Setting[] {
  const inFiles = repositorySettings(context.facts.repository?.files ?? []);
  const onHosts = viewHosts(context).flatMap(({ name, role, facts }) =>
    (facts.k3s?.settings ?? []).flatMap(({ key, values, from }) =>
      values.map((value): Setting => {
        const same = inFiles.find((each) => each.key === key && each.value === value && each.role === role);
        const where = from.line === null ? from.file : `${from.file}:${from.line}`;
        const at = same?.at === undefined ? {} : { at: same.at };
        return { subject: `host ${name}`, host: name, role, key, value, where, ...at };
      }),
    ),
  );
  const isOnHost = ({ key, value, role }: Setting) =>
    onHosts.some((each) => each.key === key && each.value === value && each.role === role);
  return [...onHosts, ...inFiles.filter((each) => !isOnHost(each))];
}

/** The values of one setting. */
export function settingsNamed(context: AuditContext, ...keys: readonly string[]): readonly Setting[] {
  return k3sSettings(context).filter(({ key }) => keys.includes(key));
}

/** What a host, or a file, finally has: of a setting with one value the last. */
export function lastOf(settings: readonly Setting[]): readonly Setting[] {
  return [...new Map(settings.map((each) => [`${each.subject} ${each.key}`, each])).values()];
}

/** An argument that k3s hands on: `kube-apiserver-arg: max-requests-inflight=50`. */
export interface Argument {
  readonly setting: Setting;
  /** Without leading hyphens. */
  readonly flag: string;
  readonly value: string;
}

export function argumentsOf(context: AuditContext, ...keys: readonly string[]): readonly Argument[] {
  return settingsNamed(context, ...keys).flatMap((setting) => {
    const [, flag, value] = /^-{0,2}([\w-]+)=(.*)$/.exec(setting.value) ?? [];
    return flag === undefined || value === undefined ? [] : [{ setting, flag, value }];
  });
}

/** `bind-address: 127.0.0.1 (/etc/rancher/k3s/config.yaml:3)` */
export function settingText({ key, value, where }: Setting): string {
  return `${key}: ${value} (${where})`;
}

/** Whether k3s was told to leave a part of itself out: `disable: [metrics-server]`, also with commas. */
export function disabledPart(context: AuditContext, part: string): Setting | undefined {
  return settingsNamed(context, "disable").find(({ value }) => value.split(",").includes(part));
}
