import { type ExtensionRows, MOST_COUNTED } from "../../model/postgresFacts.ts";
import { blocks, type PreflightCheck, warns } from "./finding.ts";
import { lockRoomFor } from "./lockRoomFor.ts";

/** What the schema holds: true of every driver. */
export const copyChecks: readonly PreflightCheck[] = [
  ({ source, target }) => {
    const there = new Set(target.extensions.map(({ name }) => name));
    return source.extensions
      .filter(({ name }) => !there.has(name))
      .map(({ name, version }) =>
        blocks(
          "extension",
          `the extension ${name} ${version}`,
          "the target does not have it",
          `Do without it (DROP EXTENSION ${name}), or choose a provider that has it.`,
        ),
      );
  },
  ({ source, target }) => {
    const there = new Map(target.extensions.map(({ name, version }) => [name, version]));
    return source.extensions
      .filter(({ name, version }) => VERSIONS.compare(there.get(name) ?? version, version) < 0)
      .map(({ name, version }) =>
        warns(
          "extension-version",
          `the extension ${name} ${version}`,
          `the target has ${there.get(name)}, which is older`,
          "Choose a newer version of the target, or make sure that nothing uses what came since: the schema is refused where it does.",
        ),
      );
  },
  ({ source, target }) =>
    target.isSuperuser || source.eventTriggers.length === 0
      ? []
      : [
          blocks(
            "event-triggers",
            `the event triggers ${source.eventTriggers.join(", ")}`,
            "only a superuser may make one, and on the target nobody is",
            "DROP EVENT TRIGGER each of them before the move.",
          ),
        ],
  // Its pg_dump locks every table while it reads the schema.
  ({ source }) => lockRoomFor(source.tables, source.lockRoom, "the source"),
  ({ source }) =>
    source.foreignTables.length === 0
      ? []
      : [
          warns(
            "foreign-tables",
            `the foreign tables ${source.foreignTables.join(", ")}`,
            "the server they point at must be reachable from the target too",
            "Check the address and the user mapping after the move; mappings hold passwords and are not carried over.",
          ),
        ],
  ({ source, target }) =>
    target.bypassesRowSecurity || source.forcedRowSecurity.length === 0
      ? []
      : [
          blocks(
            "row-security",
            `the tables ${source.forcedRowSecurity.join(", ")}`,
            "FORCE ROW LEVEL SECURITY hides rows even from their owner, and the target's administrator may not bypass it",
            "ALTER TABLE … NO FORCE ROW LEVEL SECURITY for the time of the move.",
          ),
        ],
  ({ source: { extensionRows = [] } }) =>
    extensionRows.map((each) =>
      warns(
        "extension-rows",
        `the rows in ${each.table} of the extension ${each.extension}`,
        `${rowsOf(each)} of yours; what lies in an extension's tables is neither carried over nor compared`,
        `Before the move, in psql on the source: ${takeOut(each)}; after it, on the target: \\copy ${each.table} FROM '${each.table}.rows'; ` +
          "or make them anew there by the extension's own functions. Until then what they stand for does not happen.",
      ),
    ),
];

/** `1.10` is newer than `1.9`. */
const VERSIONS = new Intl.Collator("en", { numeric: true });

const SHORT = 200;

function rowsOf({ rows }: ExtensionRows): string {
  return rows >= MOST_COUNTED ? `${MOST_COUNTED} rows or more` : `${rows} ${rows === 1 ? "row" : "rows"}`;
}

/** PostGIS tells its own rows from yours in a condition of some kilobytes. */
function takeOut({ extension, table, condition }: ExtensionRows): string {
  const which =
    condition.length <= SHORT
      ? condition
      : `WHERE … (as SELECT extcondition FROM pg_extension WHERE extname = '${extension}' says it)`;
  return `\\copy (SELECT * FROM ${[table, which].join(" ").trimEnd()}) TO '${table}.rows'`;
}
