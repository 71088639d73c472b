import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const DISTRIBUTION = "/usr/lib/systemd/system";

/** Debian's own, as they are. */
const COPIED = [
  ...["sysinit", "basic", "multi-user", "shutdown", "sockets", "timers", "paths", "slices"],
  ...["network", "network-pre", "network-online", "local-fs", "local-fs-pre", "time-sync", "umount"],
].map((name) => `${name}.target`);

const SERVICES = ["nftables.service", "systemd-journald.socket", "systemd-journald-dev-log.socket"];

/** Debian's without its sandbox, which needs more of a kernel than a namespace has. */
const JOURNAL = `[Unit]
Description=Journal Service
DefaultDependencies=no
Requires=systemd-journald.socket
After=systemd-journald.socket systemd-journald-dev-log.socket
Before=sysinit.target

[Service]
ExecStart=/lib/systemd/systemd-journald
Restart=always
RestartSec=0
RuntimeDirectory=systemd/journal
RuntimeDirectoryPreserve=yes
Sockets=systemd-journald.socket systemd-journald-dev-log.socket
StandardOutput=null
Type=notify
`;

const SSH = `[Unit]
Description=OpenBSD Secure Shell server
After=network.target

[Service]
ExecStart=/usr/sbin/sshd -D
ExecReload=/bin/kill -HUP $MAINPID
KillMode=process
Restart=on-failure
Type=notify
RuntimeDirectory=sshd

[Install]
WantedBy=multi-user.target
Alias=sshd.service
`;

/** Tells the laboratory that the host is up. */
const READY = `[Unit]
Description=Tells the laboratory that this host is up
After=ssh.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/bin/touch /run/outgrow-lab/%H.up
`;

/** Fills the folder that is a host's `/usr/lib/systemd/system`: enough for a small server and nothing else. */
export function writeUnits(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const name of [...COPIED, ...SERVICES]) copyFileSync(join(DISTRIBUTION, name), join(folder, name));
  const written = {
    "systemd-journald.service": JOURNAL,
    "ssh.service": SSH,
    "outgrow-lab-ready.service": READY,
  };
  for (const [name, text] of Object.entries(written)) writeFileSync(join(folder, name), text);
  want(folder, "sysinit.target", "systemd-journald.service");
  want(folder, "sockets.target", "systemd-journald.socket");
  want(folder, "sockets.target", "systemd-journald-dev-log.socket");
  want(folder, "multi-user.target", "ssh.service");
  want(folder, "multi-user.target", "outgrow-lab-ready.service");
  symlinkSync("multi-user.target", join(folder, "default.target"));
}

function want(folder: string, target: string, unit: string): void {
  mkdirSync(join(folder, `${target}.wants`), { recursive: true });
  symlinkSync(`../${unit}`, join(folder, `${target}.wants`, unit));
}
