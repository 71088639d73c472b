import { digitalOceanMigration } from "../../src/clouds/digitalOceanMigration.ts";
import type { OnlineMigration } from "../../src/model/onlineMigration.ts";
import { Secret } from "../../src/model/secret.ts";
import { type LabDigitalOcean, NO_LISTS, startDigitalOcean } from "../clouds/digitalOcean.ts";
import { createManagedDatabase, type ManagedDatabaseOptions } from "../clouds/managedDatabase.ts";
import type { LabPair } from "./pair.ts";

/** The target of a pair as a managed database of the stand-in for DigitalOcean, and the talker to it. */
export interface LabOnlineMigration extends AsyncDisposable {
  readonly cloud: LabDigitalOcean;
  readonly databaseId: string;
  readonly migration: OnlineMigration;
}

export async function startOnlineMigration(
  { target }: LabPair,
  options: Partial<ManagedDatabaseOptions> = {},
): Promise<LabOnlineMigration> {
  await using kept = new AsyncDisposableStack();
  const hosts = { public: "glaze-db.example", private: target.dial.host };
  const id = "9cc10173-e9ea-4176-9dbc-a4cee4c4ff30";
  const database = kept.use(createManagedDatabase({ id, hosts, target, ...options }));
  const cloud = kept.use(await startDigitalOcean(NO_LISTS, [database]));
  const access = { origin: cloud.origin, token: new Secret(cloud.token), timeoutMs: 10_000 };
  const moved = kept.move();
  return {
    cloud,
    databaseId: id,
    migration: digitalOceanMigration(access, id),
    [Symbol.asyncDispose]: () => moved.disposeAsync(),
  };
}
