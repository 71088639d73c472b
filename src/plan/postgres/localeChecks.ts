import { blocks, type PreflightCheck, warns } from "./finding.ts";

/** How text is encoded and sorted: true of every driver. */
export const localeChecks: readonly PreflightCheck[] = [
  ({ source: { locale }, target }) =>
    target.locale === undefined || target.locale.isThere
      ? []
      : [
          blocks(
            "locale",
            `the locale ${locale.locale ?? locale.collate} (${locale.provider ?? "libc"}) of the database`,
            "the target does not have it",
            "Choose a provider or an image that has it, or move by hand into a database of another locale (pg_dump, and try every unique index on text before).",
          ),
        ],
  ({ source: { locale }, target }) =>
    target.locale === undefined || locale.version == null || target.locale.version === locale.version
      ? []
      : [
          warns(
            "collation-version",
            `the locale ${locale.locale ?? locale.collate} of the database`,
            `its rules are of version ${locale.version}, on the target ${target.locale.version ?? "of none that it tells"}: some texts may be sorted otherwise there`,
            "Nothing to mend: indexes are made anew on the target. Look at lists that people read in order, and at keys of ranges (partitions by text).",
          ),
        ],
];
