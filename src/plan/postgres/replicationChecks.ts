import { blocks, type PreflightCheck, warns } from "./finding.ts";
import { mayReturn } from "./mayReturn.ts";
import { quoted } from "./quoted.ts";

/** What flows into the database and out of it by somebody else's replication, and home by ours: true of every driver. */
export const replicationChecks: readonly PreflightCheck[] = [
  ({ source: { subscriptions = [] } }) =>
    subscriptions.map(({ name, slot }) =>
      blocks(
        "own-subscription",
        `the subscription ${name} of the source`,
        "rows come in by it, and after the switch they would go on into the closed source and never reach the target",
        `ALTER SUBSCRIPTION ${quoted(name)} DISABLE; before the move, which does not carry it over` +
          `${slot === null ? "" : `; its publisher keeps what comes meanwhile in the slot ${slot}`}. ` +
          "After it take it up on the target: CREATE SUBSCRIPTION … " +
          `${slot === null ? "WITH (copy_data = false)" : `WITH (create_slot = false, slot_name = '${slot}', copy_data = false)`}. ` +
          `Where nobody needs it: DROP SUBSCRIPTION ${quoted(name)};`,
      ),
    ),
  ({ source: { publications = [], slots = [] } }) => {
    const readers = [
      ...(publications.length === 0 ? [] : [`the publications ${publications.join(", ")}`]),
      ...(slots.length === 0 ? [] : [`the replication slots ${slots.join(", ")}`]),
    ];
    return readers.length === 0
      ? []
      : [
          warns(
            "foreign-readers",
            `${readers.join(" and ")} of the source`,
            "they are not carried over: whoever reads by them (Debezium, a replica) gets nothing more from the switch on, and a slot that nobody reads keeps changes until the disk is full",
            "After the move make them anew on the target (CREATE PUBLICATION …) and point each reader at it, with a first copy of its own. " +
              "What nobody needs, take away before: DROP PUBLICATION …; SELECT pg_drop_replication_slot('…');",
          ),
        ];
  },
  ({ source, target }) =>
    target.slotKeepBytes !== null || !mayReturn(source, target)
      ? []
      : [
          warns(
            "return-keep",
            "the target",
            "max_slot_wal_keep_size = -1, and the way back keeps changes there for the source: a migration of the schema before outgrow finish would stop it, and then they fill the disk",
            "Run no migration of the schema before outgrow finish. Bound what is kept, with about half of the free space: ALTER SYSTEM SET max_slot_wal_keep_size = '2GB'; SELECT pg_reload_conf(); " +
              "at DigitalOcean max_slot_wal_keep_size in the cluster's configuration (PATCH /v2/databases/…/config). Losing the way back is better than losing production.",
          ),
        ],
];
