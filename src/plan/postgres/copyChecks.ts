import { blocks, type PreflightCheck, warns } from "./finding.ts";

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
];
