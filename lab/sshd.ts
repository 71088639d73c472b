import { execFileSync } from "node:child_process";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "./port.ts";
import { type RunningProcess, startProcess } from "./process.ts";
import { tempFolder } from "./temp.ts";
import { accepts } from "./waitFor.ts";

/** What may differ from a plain sshd that lets root in. */
export interface SshdOptions {
  /** Lines of sshd_config. */
  readonly config?: readonly string[];
  /** Files that are other ones for this sshd alone: path → text. It then has a mount namespace of its own. */
  readonly files?: Readonly<Record<string, string>>;
  /** A port that was free before; a new one when absent. */
  readonly port?: number;
}

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
    writeFileSync(at(name), [...lines, ...clientLines(at, port)].join("\n"));
    return at(name);
  };
  try {
    const server = await launch(at, port, options.files ?? {});
    return {
      port,
      folder: folder.path,
      clientConfig: client("config", []),
      client,
      pid: server.pid,
      output: () => server.output(),
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
  const children = execFileSync("ps", ["-eo", "pid=,ppid="], { encoding: "utf8" })
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number))
    .flatMap(([child, parent]) => (child !== undefined && parent === pid ? [child] : []));
  return children.flatMap((child) => [child, ...descendants(child)]);
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

/** sshd must be started by its whole path; it starts itself again for every connection. */
function launch(
  at: (name: string) => string,
  port: number,
  files: Readonly<Record<string, string>>,
): Promise<RunningProcess> {
  const sshd = ["/usr/sbin/sshd", "-D", "-e", "-f", at("sshd_config")];
  const mounts = Object.entries(files).map(([path, text], index) => {
    const source = at(`file-${index}`);
    writeFileSync(source, text);
    chmodSync(source, path.includes("sudoers") ? 0o440 : 0o644);
    return `mount --bind ${source} ${path}`;
  });
  const script = ["mkdir -p /run/sshd", ...mounts, `exec ${sshd.join(" ")}`].join(" && ");
  const inNamespace = mounts.length === 0 ? ["sh", "-c"] : ["unshare", "--mount", "sh", "-c"];
  const [command = "", ...args] = [...inNamespace, script];
  return startProcess({ command, args, ready: () => accepts(port) });
}
