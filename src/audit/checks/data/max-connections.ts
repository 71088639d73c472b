import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { settingOf } from "../../view/storeSettings.ts";
import { limitOf } from "./connection-budget.ts";

export const maxConnections: AuditCheck = {
  id: "data/max-connections",
  severity: "warns",
  title: "The managed Postgres takes fewer connections than this one",
  reason:
    "max_connections of one's own Postgres is a line of configuration; a managed one's comes from its memory and cannot be raised at will. What was tuned to the old " +
    "figure (pools, concurrency, and the thresholds of an alert on it) is wrong from the switch on.",
  sources: [
    "https://docs.digitalocean.com/products/databases/postgresql/details/limits/",
    "https://github.com/digitalocean/openapi/blob/main/specification/resources/databases/models/postgres_advanced_config.yml",
  ],
  find,
};

function find({ stores, cluster }: AuditContext): readonly Hit[] {
  return stores.flatMap((store) => {
    const limit = store.kind === "postgres" && store.leavesCluster ? limitOf(store.size) : null;
    const setting = settingOf(store, "max_connections", cluster);
    if (limit === null || setting === null || Number(setting.value) <= limit) return [];
    return [
      {
        subject: setting.subject,
        evidence: `${setting.text}; ${store.size} has ${limit} for everybody`,
        fix: `Count with ${limit} from now on, in pools and concurrency, and in outgrow.yaml after the switch: signals: { postgres-connections: { watch: ${share(limit, 2)}, act: ${share(limit, 2.5)}, of: ${limit} } }.`,
      },
    ];
  });
}

/** The thresholds of the example: two thirds of what there is, and five sixths. */
function share(limit: number, thirds: number): number {
  return Math.floor((limit * thirds) / 3);
}
