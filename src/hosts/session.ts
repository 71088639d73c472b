import type { CommandResult, HostCommand } from "./command.ts";
import type { Forward } from "./forward.ts";

/**
 * A way onto one host: one multiplexed `ssh`, the user's own configuration, strict host keys, root by
 * `sudo` where the login is not root. Everything done on a host goes through `run`.
 */
export interface HostSession extends AsyncDisposable {
  /** As in `outgrow.yaml`. */
  readonly name: string;
  /**
   * Runs a command as root. Throws `unreachable`, `host-key`, `unauthorized`, `timeout`, `sudo`, `too-large`
   * or `bad-answer` when the host cannot be asked; what the command itself says is the result.
   */
  run(command: HostCommand): Promise<CommandResult>;
  /** The same host over a connection of its own, made when it is first used: whether a new one gets in is proved by it. */
  another(): HostSession;
  /** A port of this machine that leads to a server as the host reaches it; nothing is connected before it is used. */
  forward(host: string, port: number): Promise<Forward>;
}
