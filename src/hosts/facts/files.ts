import type { HostFile } from "../../model/hostFacts.ts";

/** Files every host is asked for. Patterns are the shell's; a file that is not there is an answer too. */
export const WELL_KNOWN_FILES: readonly string[] = [
  "/etc/rancher/k3s/config.yaml",
  "/etc/rancher/k3s/config.yaml.d/*.yaml",
  "/etc/rancher/k3s/config.yaml.d/*.yml",
  "/etc/rancher/k3s/registries.yaml",
  "/etc/systemd/system/k3s.service",
  "/etc/systemd/system/k3s.service.d/*.conf",
  "/etc/systemd/system/k3s.service.env",
  "/etc/systemd/system/k3s-agent.service",
  "/etc/systemd/system/k3s-agent.service.d/*.conf",
  "/etc/systemd/system/k3s-agent.service.env",
  "/etc/resolv.conf",
  "/etc/nftables.conf",
  "/etc/outgrow/firewall.nft",
  "/etc/modules-load.d/outgrow.conf",
  "/etc/default/zramswap",
  "/etc/systemd/zram-generator.conf",
  "/etc/systemd/journald.conf",
  "/etc/systemd/journald.conf.d/*.conf",
  "/etc/systemd/system.conf.d/*.conf",
  "/etc/security/limits.conf",
  "/etc/security/limits.d/*.conf",
  "/etc/apt/apt.conf.d/20auto-upgrades",
  "/etc/apt/apt.conf.d/50unattended-upgrades",
];

/** Units and scripts that load rules: who does it at boot need not be called nftables. */
const NFT_LOADERS = [
  "/etc/systemd/system/*.service",
  "/etc/systemd/system/*.service.d/*.conf",
  "/lib/systemd/system/nftables.service",
  "/etc/network/if-pre-up.d/*",
  "/etc/rc.local",
  "/usr/local/sbin/*.sh",
  "/usr/local/bin/*.sh",
];

/** Longer files are cut: no configuration is that long. */
const LIMIT_BYTES = 256 * 1024;

/** Every file in a section of its own, `file PATH`: mode and owner, or `absent`, in its first line; then its text. */
export function fileSections(patterns: readonly string[], mark: string, withLoaders: boolean): string {
  const loaders = withLoaders ? ` $(grep -lsE '(^|[ /=])nft ' ${NFT_LOADERS.join(" ")})` : "";
  return `for path in ${patterns.join(" ")}${loaders}; do
  case $path in *'*'*) continue ;; esac
  printf '\\n%s+ file %s\\n' ${mark} "$path"; printf '\\n%s+ file %s\\n' ${mark} "$path" >&2
  if [ ! -f "$path" ]; then echo absent
  else stat -L -c '%a %U:%G' "$path" && head -c ${LIMIT_BYTES} "$path"; fi </dev/null
  printf '\\n%s- %s\\n' ${mark} "$?"
done
`;
}

/** Paths and patterns that a shell takes as they are; others would have to be a strange file indeed. */
export function listed(paths: readonly string[]): readonly string[] {
  return [...new Set(paths)].filter((path) => /^\/[\w@%+:,./*?[\]-]+$/.test(path));
}

/** The file a section is about; `null` for another section. */
export function filePath(section: string): string | null {
  return section.startsWith("file ") ? section.slice("file ".length) : null;
}

/** Reads one such section. */
export function fileIn(path: string, text: string): HostFile {
  const end = text.indexOf("\n");
  const [mode = "", owner = ""] = text.slice(0, end).split(" ");
  if (!/^\d+$/.test(mode)) return { path, mode: null, owner: null, text: null };
  return { path, mode: mode.padStart(4, "0"), owner, text: text.slice(end + 1) };
}
