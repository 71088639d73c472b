import { OutgrowError } from "../model/error.ts";
import { MINUTE, type Millis, SECOND } from "../model/time.ts";

/** Where a host is and how patient to be with it. */
export interface SshTarget {
  /** As in `outgrow.yaml`. */
  readonly name: string;
  /** As `ssh` takes it: `root@glaze-prod`, or a `Host` of its configuration. */
  readonly destination: string;
  /** Another host that leads there, for `ssh -J`; `null`: what the configuration says. */
  readonly jump: string | null;
  /** For `ssh -F`; `null`: the user's own. */
  readonly configFile: string | null;
  /** To reach the host; as much again to log in. */
  readonly connectTimeoutMs: Millis;
  /** For a command that names no limit of its own. */
  readonly commandTimeoutMs: Millis;
  readonly limitBytes: number;
}

const DEFAULTS = {
  jump: null,
  configFile: null,
  connectTimeoutMs: 10 * SECOND,
  commandTimeoutMs: MINUTE,
  limitBytes: 64 * 1024 * 1024,
};

/** A target with the defaults filled in; refuses what `ssh` would take for an option. */
export function sshTarget(
  required: Pick<SshTarget, "name" | "destination">,
  options: Partial<SshTarget> = {},
): SshTarget {
  const target = { ...DEFAULTS, ...options, ...required };
  if ([target.destination, target.jump ?? "root@host"].some((text) => /^-|[\s\0]|^$/.test(text))) {
    throw new OutgrowError(
      "config",
      `hosts.${target.name}.ssh is no address for ssh: ${JSON.stringify(target.destination)}.`,
      {
        hint: "Write root@glaze-prod, say.",
      },
    );
  }
  return target;
}
