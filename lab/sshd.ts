import { execFileSync } from "node:child_process";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeBusyboxRoot } from "./busyboxRoot.ts";
import { freePort } from "./port.ts";
import { type RunningProcess, startProcess } from "./process.ts";
import { tempFolder } from "./temp.ts";
import { accepts } from "./waitFor.ts";

/** What may differ from a plain sshd that lets root in. */
export interface SshdOptions {
  /** Lines of sshd_config. */
  readonly config?: readonly string[];
  /** Files that only this sshd and its sessions see, over the machine's own: path → text, 0644 unless it says otherwise. */
  readonly files?: Readonly<Record<string, LabFile>>;
  /** BusyBox is all there is; `files` does not apply. */
  readonly isBusybox?: boolean;
  /** A port that was free before; a new one when absent. */
  readonly port?: number;
  /** The network namespace it serves in, and the client enters on its way; this machine's own without. */
  readonly network?: string;
}

export type LabFile = string | { readonly text: string; readonly mode: number };

/** A real sshd on a loopback port, with keys of its own. */
export interface LabSshd extends AsyncDisposable {
  readonly port: number;
  readonly folder: string;
  /** For `ssh -F`: `Host lab` is this sshd, its host key is known, its client key is the only one tried. */
  readonly clientConfig: string;
  readonly pid: number;
  /** Another configuration for the client: lines that come before the usual ones. */
  client(name: string, lines: readonly string[]): string;
  output(): string;
  /** Ends every connection on this side, at once and without a word to what runs in it. */
  cutSessions(): void;
}

export async function startSshd(options: SshdOptions = {}): Promise<LabSshd> {
  const folder = tempFolder("sshd");
  // sshd reads a user's keys as that user.
  chmodSync(folder.path, 0o755);
  const at = (name: string) => join(folder.path, name);
  const port = options.port ?? (await freePort());
  for (const name of ["host", "client", "stranger"]) makeKey(at(name));
  writeFileSync(at("authorized_keys"), readFileSync(at("client.pub")));
  writeFileSync(at("known_hosts"), `[127.0.0.1]:${port} ${readFileSync(at("host.pub"), "utf8")}`);
  writeFileSync(at("sshd_config"), serverConfig(at, port, options.config ?? []));
  const client = (name: string, lines: readonly string[]) => {
    writeFileSync(at(name), [...lines, ...clientLines(at, port), ...wayInto(options.network)].join("\n"));
    return at(name);
  };
  try {
    const server = await launch(at, port, options);
    return {
      port,
      folder: folder.path,
      clientConfig: client("config", []),
      client,
      pid: server.pid,
      output: () => server.output(),
      cutSessions: () => {
        for (const pid of childrenOf(server.pid)) kill(pid);
      },
      async [Symbol.asyncDispose]() {
        for (const pid of descendants(server.pid)) kill(pid);
        await server[Symbol.asyncDispose]();
        folder[Symbol.dispose]();
      },
    };
  } catch (error) {
    folder[Symbol.dispose]();
    throw error;
  }
}

/** What runs in its sessions; each has a process group of its own. */
function descendants(pid: number): readonly number[] {
  const children = childrenOf(pid);
  return [...children, ...children.flatMap(descendants)];
}

function childrenOf(pid: number): readonly number[] {
  return execFileSync("ps", ["-eo", "pid=,ppid="], { encoding: "utf8" })
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number))
    .flatMap(([child, parent]) => (child !== undefined && parent === pid ? [child] : []));
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended by itself.
  }
}

function makeKey(path: string): void {
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "outgrow lab", "-f", path]);
}

function serverConfig(at: (name: string) => string, port: number, more: readonly string[]): string {
  return [
    ...more,
    `Port ${port}`,
    "ListenAddress 127.0.0.1",
    `HostKey ${at("host")}`,
    `AuthorizedKeysFile ${at("authorized_keys")}`,
    `PidFile ${at("pid")}`,
    "StrictModes no",
    "UsePAM no",
    "PasswordAuthentication no",
    "KbdInteractiveAuthentication no",
    "PermitRootLogin prohibit-password",
    "",
  ].join("\n");
}

function clientLines(at: (name: string) => string, port: number): readonly string[] {
  return [
    "Host lab",
    "  HostName 127.0.0.1",
    `  Port ${port}`,
    "  User root",
    `  UserKnownHostsFile ${at("known_hosts")}`,
    `  IdentityFile ${at("client")}`,
    "  IdentitiesOnly yes",
    "",
  ];
}

/** Nothing else leads into a network of its own. */
function wayInto(network: string | undefined): readonly string[] {
  if (network === undefined) return [];
  const relay = "exec 3<>/dev/tcp/127.0.0.1/%p; cat <&3 & exec cat >&3";
  return [`  ProxyCommand nsenter --net=/run/netns/${network} bash -c '${relay}'`, ""];
}

/** What this machine's root has there is not the laboratory's business: some take locks and wait for them. */
const NO_LOGIN_SCRIPT = { "/root/.bashrc": "" };

/** sshd must be started by its whole path; it starts itself again for every connection. */
function launch(at: (name: string) => string, port: number, options: SshdOptions): Promise<RunningProcess> {
  const sshd = `/usr/sbin/sshd -D -e -f ${at("sshd_config")}`;
  const script =
    options.isBusybox === true
      ? [...busyboxMounts(at), `exec chroot ${at("root")} ${sshd}`]
      : ["mkdir -p /run/sshd", ...overlays(at, { ...NO_LOGIN_SCRIPT, ...options.files }), `exec ${sshd}`];
  const args = ["--mount", "sh", "-ec", script.join("\n")];
  if (options.network === undefined)
    return startProcess({ command: "unshare", args, ready: () => accepts(port) });
  return startProcess({
    command: "nsenter",
    args: [`--net=/run/netns/${options.network}`, "--", "unshare", ...args],
    ready: (said) => said.includes("Server listening on"),
  });
}

/** The files lie on a layer of their own over the top folders they are in. */
function overlays(at: (name: string) => string, files: Readonly<Record<string, LabFile>>): readonly string[] {
  const paths = Object.keys(files);
  const tops = [...new Set(paths.map((path) => `/${path.split("/")[1]}`))];
  for (const [index, file] of Object.values(files).entries()) {
    const { text, mode } = typeof file === "string" ? { text: file, mode: 0o644 } : file;
    writeFileSync(at(`file-${index}`), text);
    chmodSync(at(`file-${index}`), mode);
  }
  const layer = at("layer");
  return [
    `mkdir -p ${layer} && mount -t tmpfs tmpfs ${layer}`,
    ...tops.map(
      (top) =>
        `mkdir -p ${layer}/up${top} ${layer}/work${top} && mount -t overlay overlay ` +
        `-o lowerdir=${top},upperdir=${layer}/up${top},workdir=${layer}/work${top} ${top}`,
    ),
    ...paths.map(
      (path, index) => `mkdir -p "$(dirname "${path}")" && cp -p ${at(`file-${index}`)} "${path}"`,
    ),
  ];
}

function busyboxMounts(at: (name: string) => string): readonly string[] {
  const root = at("root");
  makeBusyboxRoot(root);
  return [
    `mkdir -p ${root}${at("")} && mount --bind ${at("")} ${root}${at("")}`,
    `mount --bind /dev ${root}/dev`,
    `mount -t proc proc ${root}/proc`,
  ];
}
