import { OutgrowError } from "../../model/error.ts";
import type { HostFacts } from "../../model/hostFacts.ts";
import { SECOND } from "../../model/time.ts";
import { valuesOf } from "../k3s/dropIn.ts";
import { wallFiles } from "./wallFiles.ts";

/** What a new host lacks to be like the one there is; empty when nothing. */
export interface Unlike {
  /** Files that are copied as they are: the kubelet's resolver, the registries. */
  readonly files: readonly string[];
  readonly sysctl: Readonly<Record<string, string>>;
  readonly modules: readonly string[];
  /** Rule files of the firewall, and the units that load them. */
  readonly walls: readonly string[];
  readonly needsTime: boolean;
}

export function unlike(host: HostFacts, like: HostFacts): Unlike {
  return {
    files: copied(like).filter((path) => textOf(host, path) !== textOf(like, path)),
    sysctl: Object.fromEntries(
      COMPARED.flatMap((key) => {
        const value = like.sysctl[key];
        return value === undefined || host.sysctl[key] === value ? [] : [[key, value]];
      }),
    ),
    modules: NEEDED.filter((name) => !isLoadedAtBoot(host, name)),
    walls: wallFiles(host, like),
    needsTime: host.time?.isSynchronized === false,
  };
}

export function isAlike({ files, sysctl, modules, walls, needsTime }: Unlike): boolean {
  return [files, Object.keys(sysctl), modules, walls].every((each) => each.length === 0) && !needsTime;
}

/** Without these no join can go well, and nobody but its owner can mend them. */
export function hindrance(
  name: string,
  host: HostFacts,
  like: HostFacts,
): { readonly why: string; readonly fix: string } | null {
  const skewMs = (host.time?.offsetMs ?? 0) - (like.time?.offsetMs ?? 0);
  if (Math.abs(skewMs) > MOST_SKEW) {
    return {
      why: `The clock of ${name} is ${Math.round(skewMs / SECOND)} s off the server's.`,
      fix: `timedatectl set-ntp true on ${name}, and wait until it is right.`,
    };
  }
  if (host.os !== null && like.os !== null && host.os.architecture !== like.os.architecture) {
    return {
      why: `${name} is ${host.os.architecture}, and the server is ${like.os.architecture}: images made for one do not run on the other.`,
      fix: "Take a host of the same architecture.",
    };
  }
  if (host.machineIdHash !== null && host.machineIdHash === like.machineIdHash) {
    return {
      why: `${name} is a copy of the server: they have the same machine id.`,
      fix: "Make it from a clean image, never from a snapshot of the server.",
    };
  }
  const missing = NEEDED.find((module) =>
    host.modules.some((each) => each.name === module && !each.isAvailable),
  );
  return missing === undefined
    ? null
    : {
        why: `The kernel of ${name} has no module ${missing}.`,
        fix: `Install the package of the kernel's modules on ${name}, and reboot it.`,
      };
}

const MOST_SKEW = 30 * SECOND;

/** What somebody sets on purpose; what the kernel works out from the size of the memory is not in it. */
const COMPARED = [
  "fs.inotify.max_user_instances",
  "fs.inotify.max_user_watches",
  "kernel.keys.root_maxbytes",
  "kernel.keys.root_maxkeys",
  "kernel.panic",
  "kernel.panic_on_oops",
  "net.core.somaxconn",
  "vm.max_map_count",
  "vm.overcommit_memory",
  "vm.panic_on_oom",
  "vm.swappiness",
];

const NEEDED = ["br_netfilter", "overlay", "vxlan"];

export const MODULES_FILE = "/etc/modules-load.d/outgrow.conf";
export const SYSCTL_FILE = "/etc/sysctl.d/90-outgrow.conf";

function isLoadedAtBoot(host: HostFacts, name: string): boolean {
  return (textOf(host, MODULES_FILE) ?? "").split("\n").includes(name);
}

/** Resolver and registries of the server, by their paths. */
export function copied({ k3s, files }: HostFacts): readonly string[] {
  const settings = k3s?.settings ?? [];
  const resolvers = [
    ...valuesOf(settings, "resolv-conf"),
    ...valuesOf(settings, "kubelet-arg").flatMap((value) => /^resolv-conf=(.+)$/.exec(value)?.[1] ?? []),
  ];
  const wanted = new Set([
    ...resolvers,
    ...valuesOf(settings, "private-registry"),
    "/etc/rancher/k3s/registries.yaml",
  ]);
  return files.flatMap(({ path, text }) => (text !== null && wanted.has(path) ? [path] : []));
}

export function textOf({ files }: HostFacts, path: string): string | null {
  return files.find((file) => file.path === path)?.text ?? null;
}

export function mustHaveAddress(name: string, host: HostFacts, address: string): void {
  if (host.addresses.some((each) => each.address === address)) return;
  throw new OutgrowError("config", `${name} does not have the address ${address}.`, {
    hint: `Correct target.hosts.${name}.privateAddress: it has ${host.addresses.map((each) => `${each.address} on ${each.interface}`).join(", ")}.`,
  });
}
