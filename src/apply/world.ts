import type { HostSession } from "../hosts/session.ts";
import type { KubeApi } from "../kube/api.ts";
import type { OnlineMigration } from "../model/onlineMigration.ts";
import type { Secret, SecretRef } from "../model/secret.ts";
import type { OnlineMigrationRef } from "../model/steps/postgres-move.ts";
import type { EpochMs, Millis } from "../model/time.ts";

/**
 * Everything a step can touch, as one object: built in `cli/world.ts` for production and in `lab/` for
 * the lab, where the same adapters are used. Another technology is one more field.
 */
export interface World {
  readonly kube: KubeApi;
  /** The session of a host named in `outgrow.yaml`, opened once and closed by who built the world. */
  host(name: string): Promise<HostSession>;
  /** Whether something takes a TCP connection there from where outgrow runs: the eye from outside; false when that cannot be told. */
  answers(address: string, port: number): Promise<boolean>;
  /** The provider's own migration to one of its databases. */
  onlineMigration(ref: OnlineMigrationRef): OnlineMigration;
  /** Throws `config` where there is none. */
  secret(ref: SecretRef): Secret;
  now(): EpochMs;
  /** Ends early with `interrupted` once `stopping` is aborted: every wait is a safe point. */
  sleep(duration: Millis): Promise<void>;
  /** Aborted when the user wants to stop: long steps look at it where they can be left safely. */
  readonly stopping: AbortSignal;
  /** A local folder, beside the plan, for what is kept off the hosts. */
  readonly folder: string;
}
