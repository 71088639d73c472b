import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { HostPlan } from "./host.ts";

/** A file of a host's first disk: text, and mode where it is not 0644. */
export type SeedFiles = Readonly<Record<string, string | { readonly text: string; readonly mode: number }>>;

const SSHD = `Port 22
HostKey /etc/ssh/ssh_host_ed25519_key
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
AcceptEnv LANG LC_*
Subsystem sftp /usr/lib/openssh/sftp-server
`;

const SYSTEM_CONF = `[Manager]
DefaultTimeoutStopSec=5s
`;

/** What every fresh Debian host of the laboratory has, k3s or not. */
export function baseFiles(host: HostPlan, keys: string): SeedFiles {
  const key = (name: string) => readFileSync(join(keys, name), "utf8");
  return {
    "/etc/hostname": `${host.name}\n`,
    "/etc/hosts": `127.0.0.1 localhost\n127.0.1.1 ${host.name}\n`,
    "/etc/machine-id": `${createHash("md5")
      .update(key(`${host.name}.pub`))
      .digest("hex")}\n`,
    "/etc/fstab": "",
    "/etc/resolv.conf": "nameserver 127.0.0.53\n",
    "/etc/systemd/system.conf": SYSTEM_CONF,
    "/etc/systemd/journald.conf": "[Journal]\nStorage=volatile\n",
    "/etc/ssh/sshd_config": SSHD,
    "/etc/ssh/ssh_host_ed25519_key": { text: key(host.name), mode: 0o600 },
    "/etc/ssh/ssh_host_ed25519_key.pub": key(`${host.name}.pub`),
    "/root/.ssh/authorized_keys": { text: key("client.pub"), mode: 0o600 },
    "/etc/sudoers.d/deploy": { text: "deploy ALL=(ALL) NOPASSWD: ALL\n", mode: 0o440 },
    "/usr/local/bin/date": { text: DATE, mode: 0o755 },
  };
}

/** A host's clock is the machine's; this one can be wrong, for those who ask it by name. */
const DATE = `#!/bin/sh
# Laboratory: the seconds in /etc/outgrow-lab-clock are added to what this host takes for the time.
offset=$(cat /etc/outgrow-lab-clock 2>/dev/null || echo 0)
[ "$offset" = 0 ] && exec /usr/bin/date "$@"
exec /usr/bin/date -d "$offset seconds" "$@"
`;

export function writeSeed(folder: string, files: SeedFiles): void {
  for (const [path, content] of Object.entries(files)) {
    const { text, mode } = typeof content === "string" ? { text: content, mode: 0o644 } : content;
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    chmodSync(file, mode);
  }
  chmodSync(join(folder, "root"), 0o700);
  chmodSync(join(folder, "root/.ssh"), 0o700);
}
