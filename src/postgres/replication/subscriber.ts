import type { Secret } from "../../model/secret.ts";
import type { Millis } from "../../model/time.ts";
import { type Database, isSince, KNOWN_SECRET, queryOne } from "../database.ts";
import { quoteName, quoteText } from "../quote.ts";
import { stateOf } from "../refusal.ts";

/** A subscription that is to be made: its slot has its name. */
export interface NewSubscription {
  readonly name: string;
  /** A libpq connection string; a password is in it. */
  readonly connection: Secret;
  readonly copiesRows: boolean;
  /** Rows come as servers keep them, where they may: see `mayCopyBinary`. */
  readonly isBinary: boolean;
  /** False: it is there, and does not read yet. */
  readonly isOn: boolean;
}

/** How one session makes and changes subscriptions: by the right it has. */
export interface Subscriber {
  /** Its slot is there. */
  create(subscription: NewSubscription): Promise<void>;
  enable(name: string): Promise<void>;
  disable(name: string): Promise<void>;
  /** Its slot stays where it is. */
  drop(name: string): Promise<void>;
  /** Takes away what `create` needed. Safe to repeat. */
  tidy(): Promise<void>;
}

/** Of its own where it may: as a superuser, or since 16 as a member of pg_create_subscription. */
export const MAY_SUBSCRIBE = `(select rolsuper from pg_roles where rolname = current_user)
  or exists (select from pg_roles g where g.rolname = 'pg_create_subscription' and pg_has_role(current_user, g.oid, 'member'))`;

export async function subscriberOf(database: Database): Promise<Subscriber> {
  const { may } = await queryOne<{ may: boolean }>(database, `select ${MAY_SUBSCRIBE} as may`);
  return subscriberBy(database, may);
}

/** For a subscription that is there already whose it is says by which right it is changed. */
export function subscriberBy(database: Database, isOwn: boolean): Subscriber {
  return isOwn ? ownSubscriber(database) : extrasSubscriber(database);
}

function ownSubscriber(database: Database): Subscriber {
  const alter = (name: string, change: string) =>
    database.script(`alter subscription ${quoteName(name)} ${change}`);
  return {
    async create({ name, connection, copiesRows, isBinary, isOn }) {
      const options = [
        "create_slot = false",
        `copy_data = ${copiesRows}`,
        `binary = ${isBinary}`,
        `enabled = ${isOn}`,
        ...(await ownRowsOnly(database)),
      ].join(", ");
      const pattern = `create subscription %1$I connection %2$L publication %1$I with (${options})`;
      await inSilence(
        database,
        connection,
        `execute format(${quoteText(pattern)}, ${quoteText(name)}, ${KNOWN_SECRET})`,
      );
    },
    enable: (name) => alter(name, "enable"),
    disable: (name) => alter(name, "disable"),
    async drop(name) {
      await alter(name, "disable");
      await alter(name, "set (slot_name = none)");
      await database.script(`drop subscription ${quoteName(name)}`);
    },
    tidy: async () => undefined,
  };
}

/** A server that makes a subscription dials the other one, which may answer the log-in and then no more. */
const CREATE_MS: Millis = 60_000;

/**
 * Runs a statement of PL/pgSQL that uses a secret: in the session's own list and log it is as it stands here. A refusal is told
 * without its context, in which the statement would be as it was made.
 */
async function inSilence(database: Database, secret: Secret, statement: string): Promise<void> {
  await using session = await database.knowing(secret);
  await session.script(`set statement_timeout = ${CREATE_MS}; do $do$ begin
    ${statement};
  exception when query_canceled or others then
    raise exception using errcode = sqlstate, message = sqlerrm;
  end $do$`);
}

/** Rows that came by another subscription are not sent back where they came from; since 16. */
async function ownRowsOnly(database: Database): Promise<readonly string[]> {
  return (await isSince(database, 16)) ? ["origin = none"] : [];
}

const NOT_ALLOWED = "42501";

/**
 * Through the functions by which Aiven's servers, and whoever runs them, let an administrator subscribe who is no superuser:
 * https://github.com/aiven/aiven-extras. They run as the superuser, whose the subscription then is.
 */
function extrasSubscriber(database: Database): Subscriber {
  const call = async (name: string, subscription: string) => {
    await database.query(`select aiven_extras.${name}($1)`, [subscription]);
  };
  return {
    async create({ name, connection, copiesRows }) {
      await database.script("create extension if not exists aiven_extras cascade");
      const called = quoteText(name);
      await inSilence(
        database,
        connection,
        `perform aiven_extras.pg_create_subscription(${called}, ${KNOWN_SECRET}, ${called}, ${called}, false, ${copiesRows})`,
      );
    },
    enable: (name) => call("pg_alter_subscription_enable", name),
    disable: (name) => call("pg_alter_subscription_disable", name),
    drop: (name) => call("pg_drop_subscription", name),
    async tidy() {
      await database.script("drop extension if exists aiven_extras").catch((error: unknown) => {
        // Where it came with the server it is not ours to drop.
        if (stateOf(error) !== NOT_ALLOWED) throw error;
      });
    },
  };
}
