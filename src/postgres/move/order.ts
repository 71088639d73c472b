import type { ConnectionDemand } from "../../model/connectionDemand.ts";
import type { OnlineMigration } from "../../model/onlineMigration.ts";
import type { MoveDriver } from "../../model/steps/postgres-move.ts";
import type { Millis } from "../../model/time.ts";
import type { Database } from "../database.ts";
import type { DialAddress, Endpoint } from "../endpoint.ts";
import type { ServerPrograms, Shell } from "../shell.ts";
import type { MoveNews } from "./news.ts";

/** One of the two servers. */
export interface Side {
  /** The administrator's, on the database that is always there (`postgres`, `defaultdb`). */
  readonly admin: Endpoint;
  /** How the other server reaches it. */
  readonly dial: DialAddress;
  /** The source's client programs as they reach this server, on the host beside the source. */
  readonly programs: ServerPrograms;
}

/** Which database the application is told to use. */
export interface Application {
  /** Tells it, restarts what must be restarted, and comes back when nothing uses the other one any more. Safe to repeat. */
  pointAt(side: "source" | "target"): Promise<void>;
}

/** What of an order one side's own part needs. */
export type TargetOrder = Pick<MoveOrder, "id" | "database" | "driver" | "connect"> & {
  readonly target: Pick<Side, "admin">;
};

/** What ends a provider's migration. */
export type MigrationOrder = Pick<MoveOrder, "database" | "driver" | "onlineMigration" | "stallLimitMs">;

/** Everything a move needs to know, and the ways it reaches the world by. */
export interface MoveOrder {
  /** Of the move, through every resumption. */
  readonly id: string;
  readonly database: string;
  readonly source: Side;
  readonly target: Side;
  /** `subscription`, `provider`: copied and followed while it is written to. `offline`: copied while writes are held. */
  readonly driver: MoveDriver;
  /** Where the driver is the provider's. */
  readonly onlineMigration: OnlineMigration | null;
  /** False where the target allows no slot: then the switch is a point of no return. */
  readonly canReturn: boolean;
  /** What the application may hold on the target. */
  readonly demand: ConnectionDemand;
  /** When writes are let go of if the switch was not reached. */
  readonly holdLimitMs: Millis;
  /** The same on the way home, where nothing is copied meanwhile. */
  readonly homeHoldLimitMs: Millis;
  /** How long the first copy may take. */
  readonly copyLimitMs: Millis;
  /** When a copy that brings nothing is started again, and what ought to end is said not to. */
  readonly stallLimitMs: Millis;
  readonly application: Application;
  /** The host beside the source. */
  readonly shell: Shell;
  readonly connect: (endpoint: Endpoint) => Promise<Database>;
  readonly tell: (news: MoveNews) => void;
  readonly now: () => number;
}
