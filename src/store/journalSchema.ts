/** "outgrow" in ASCII would be longer than the four bytes SQLite has for it. */
export const APPLICATION_ID = 0x6f757467;

/** Grows with every change; a file with a higher one was written by a newer outgrow. */
export const SCHEMA_VERSION = 1;

/** Append-only, and SQLite itself sees to it. */
export const SCHEMA = `
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${SCHEMA_VERSION};

  CREATE TABLE cluster (name TEXT NOT NULL, uid TEXT NOT NULL) STRICT;
  CREATE TABLE plans (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, plan TEXT NOT NULL) STRICT;
  CREATE TABLE entries (number INTEGER PRIMARY KEY, entry TEXT NOT NULL) STRICT;

  CREATE TRIGGER plans_stay BEFORE UPDATE ON plans BEGIN SELECT RAISE(ABORT, 'a journal only grows'); END;
  CREATE TRIGGER plans_keep BEFORE DELETE ON plans BEGIN SELECT RAISE(ABORT, 'a journal only grows'); END;
  CREATE TRIGGER entries_stay BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'a journal only grows'); END;
  CREATE TRIGGER entries_keep BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'a journal only grows'); END;
`;
