import { type Database, isSince, queryOne } from "../database.ts";
import { quoteName, quoteText } from "../quote.ts";
import { stateOf } from "../refusal.ts";
import { createSlot } from "./slot.ts";

/** A subscription that is to be made: its slot has its name. */
export interface NewSubscription {
  readonly name: string;
  /** A libpq connection string; a password is in it. */
  readonly connection: string;
  readonly copiesRows: boolean;
  /** Rows come as servers keep them, where they may: see `mayCopyBinary`. */
  readonly isBinary: boolean;
  /** False: it is there, and does not read yet. */
  readonly isOn: boolean;
}

/** How one session makes and changes subscriptions: by the right it has. */
export interface Subscriber {
  /** With its slot on the publisher. */
  create(publisher: Database, subscription: NewSubscription): Promise<void>;
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
    async create(_, { name, connection, copiesRows, isBinary, isOn }) {
      const options = [
        `copy_data = ${copiesRows}`,
        `binary = ${isBinary}`,
        `enabled = ${isOn}`,
        ...(await ownRowsOnly(database)),
      ].join(", ");
      await database.script(
        `create subscription ${quoteName(name)} connection ${quoteText(connection)} publication ${quoteName(name)} with (${options})`,
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
  const call = async (name: string, ...values: readonly (string | boolean)[]) => {
    const places = values.map((_, index) => `$${index + 1}`).join(", ");
    await database.query(`select aiven_extras.${name}(${places})`, values);
  };
  return {
    async create(publisher, { name, connection, copiesRows }) {
      await database.script("create extension if not exists aiven_extras cascade");
      // By ourselves: theirs is made over a connection that has no time limit.
      await createSlot(publisher, name);
      await call("pg_create_subscription", name, connection, name, name, false, copiesRows);
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
