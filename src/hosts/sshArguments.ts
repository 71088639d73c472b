import { SECOND } from "../model/time.ts";
import type { SshTarget } from "./target.ts";

/**
 * What outgrow insists on, whatever the user's own configuration says: no question is asked, no key is
 * learned or replaced, nothing is forwarded. https://man.openbsd.org/ssh_config
 */
const STRICT = [
  "BatchMode=yes",
  "StrictHostKeyChecking=yes",
  "UpdateHostKeys=no",
  "PermitLocalCommand=no",
  "ClearAllForwardings=yes",
  "ForwardAgent=no",
  "ForwardX11=no",
  "RequestTTY=no",
  "RemoteCommand=none",
  "SessionType=default",
  "ForkAfterAuthentication=no",
  "StdinNull=no",
  "EscapeChar=none",
  "ControlPersist=no",
  "LogLevel=ERROR",
];

/** A connection that says nothing for 15 s is dead. */
const ALIVE = ["ServerAliveInterval=5", "ServerAliveCountMax=3", "TCPKeepAlive=yes"];

/** The connection all commands of a session share; it lives as long as `line` runs. */
export function masterArguments(target: SshTarget, socket: string, line: string): readonly string[] {
  const seconds = Math.max(1, Math.ceil(target.connectTimeoutMs / SECOND));
  const options = [...ALIVE, `ConnectTimeout=${seconds}`, "ControlMaster=yes", `ControlPath=${socket}`];
  const jump = target.jump === null ? [] : ["-J", target.jump];
  return [...jump, ...common(target, options), target.destination, line];
}

/**
 * One command over the shared connection, or not at all: when the master is gone `ssh` would
 * connect anew by itself, and the proxy command forbids it.
 */
export function commandArguments(target: SshTarget, socket: string, line: string): readonly string[] {
  const options = ["ControlMaster=no", `ControlPath=${socket}`, "ProxyCommand=exit 1"];
  return [...common(target, options), target.destination, line];
}

/** A connection from the host to `address`, over this program's stdin and stdout: https://man.openbsd.org/ssh#W */
export function forwardArguments(target: SshTarget, socket: string, address: string): readonly string[] {
  const options = ["ControlMaster=no", `ControlPath=${socket}`, "ProxyCommand=exit 1"];
  return ["-W", address, ...common(target, options), target.destination];
}

function common({ configFile }: SshTarget, options: readonly string[]): readonly string[] {
  const file = configFile === null ? [] : ["-F", configFile];
  return [...file, ...[...STRICT, ...options].flatMap((option) => ["-o", option]), "--"];
}
