/** The two servers of a move. */
export interface PostgresFacts {
  readonly source: PostgresSourceFacts;
  readonly target: PostgresTargetFacts;
}

/** What must be known of a database before it is moved. Plain JSON, no row and no secret in it. */
export interface PostgresSourceFacts {
  /** `150018` */
  readonly version: number;
  readonly database: string;
  readonly isSuperuser: boolean;
  readonly walLevel: string;
  /** Replication slots and senders that are still free. */
  readonly freeSlots: number;
  readonly freeSenders: number;
  /** The most an unread slot may keep on disk; `null`: without end, until the disk is full. */
  readonly slotKeepBytes: number | null;
  readonly bytes: number;
  readonly locale: PostgresLocale;
  readonly extensions: readonly PostgresExtension[];
  /** Tables whose rows nothing names: publishing one breaks the application's own UPDATE. */
  readonly tablesWithoutIdentity: readonly string[];
  /** Whole rows name a row of these, and a column's type has no equality: an UPDATE could not be applied. */
  readonly tablesWithoutEquality: readonly string[];
  /** Tables without a key, and their size: they are compared as a whole while writes are held. */
  readonly keylessTables: readonly { readonly name: string; readonly bytes: number }[];
  readonly unloggedTables: readonly string[];
  readonly foreignTables: readonly string[];
  readonly forcedRowSecurity: readonly string[];
  /** Triggers that would fire on the target too, for rows that come by replication. */
  readonly alwaysTriggers: readonly string[];
  readonly eventTriggers: readonly string[];
  readonly largeObjects: number;
  readonly preparedTransactions: readonly string[];
  /** How long the oldest running transaction has been running; a slot waits for all of them. */
  readonly oldestTransactionMs: number;
  /** Roles whose password is stored in a way that cannot be carried over. */
  readonly md5Roles: readonly string[];
  /** Other databases of the server: their users cannot log in either while writes are held. */
  readonly otherDatabases: readonly string[];
  /** What follows up to the clock is absent in files of older versions: it is not known then. */
  readonly tables?: number;
  /** So many locks one transaction may hold. */
  readonly lockRoom?: number;
  readonly roles?: readonly PostgresRole[];
  readonly loginSettings?: readonly LoginSettingFact[];
  /** Tables with row security, forced or not. */
  readonly rowSecurity?: readonly string[];
  readonly extensionRows?: readonly ExtensionRows[];
  /** Enabled ones of the database itself: somebody else's rows come in by them, out of the slot there. */
  readonly subscriptions?: readonly { readonly name: string; readonly slot: string | null }[];
  /** Somebody else's, and not of this tool: readers outside. */
  readonly publications?: readonly string[];
  readonly slots?: readonly string[];
  /** ISO 8601, UTC; by the server's own clock. */
  readonly clock: string;
}

export interface PostgresTargetFacts {
  readonly version: number;
  readonly user: string;
  readonly isSuperuser: boolean;
  readonly maySubscribe: boolean;
  /** It may let a role replicate, as the way back needs it. */
  readonly mayReplicate: boolean;
  readonly mayCreateDatabases: boolean;
  readonly mayCreateRoles: boolean;
  readonly bypassesRowSecurity: boolean;
  readonly walLevel: string;
  readonly freeSlots: number;
  readonly replicationWorkers: number;
  /** Connections for everybody but the server's own, and those that others have taken now. */
  readonly connections: number;
  readonly takenConnections: number;
  readonly extensions: readonly PostgresExtension[];
  /** What stands under the database's name: nothing, this move's own, or somebody's with so many tables. */
  readonly namesake: "absent" | "ours" | "foreign";
  /** Absent in files of older versions, as is the next: then it is not known. Those that this move made are not among them. */
  readonly roles?: readonly PostgresTargetRole[];
  /** Of the source's `loginSettings`, those that our role may not give to another. */
  readonly refusedSettings?: readonly string[];
  /** Of the source's `serverRoles`, those that our role may not make anybody a member of. */
  readonly refusedGroups?: readonly string[];
  /** As of the source, as is the next. */
  readonly slotKeepBytes?: number | null;
  readonly lockRoom?: number;
  /** Of the source's `locale`. */
  readonly locale?: PostgresLocaleThere;
  readonly clock: string;
}

export interface PostgresLocale {
  readonly encoding: string;
  readonly collate: string;
  readonly ctype: string;
  /** Whose rules sort its text. Absent in files of older versions, as are the next. */
  readonly provider?: "libc" | "icu" | "builtin";
  /** By that provider's own name: `de-AT`; `null`: it has none. */
  readonly locale?: string | null;
  readonly rules?: string | null;
  /** Of the rules; `null`: they have none. */
  readonly version?: string | null;
}

/** Whether there is the same on the other server, and by which version of the rules. */
export interface PostgresLocaleThere {
  readonly isThere: boolean;
  readonly version: string | null;
}

/** Installed on the source; the newest available one on the target. */
export interface PostgresExtension {
  readonly name: string;
  readonly version: string;
}

/** A setting given at log-in, without its value. */
export interface LoginSettingFact {
  /** `null`: to every role. */
  readonly role: string | null;
  readonly isOfDatabase: boolean;
  readonly name: string;
}

/** A role that has to do with the database. */
export interface PostgresRole {
  readonly name: string;
  readonly mayLogIn: boolean;
  readonly isSuperuser: boolean;
  /** Directly and by others. */
  readonly memberOf: readonly string[];
  /** Objects in the database, extensions' apart, and one of them as `ALTER` names it: `table public.orders`. */
  readonly owned: number;
  readonly firstOwned: string | null;
  /** Rights it was given itself. */
  readonly rights: number;
  /** How many sessions in the database are its, ours apart. */
  readonly sessions: number;
  /** Absent in files of older versions, as is the next. The server's own that it is a member of itself: `pg_monitor`. */
  readonly serverRoles?: readonly string[];
  /** No superuser, and no policy hides a row from it. */
  readonly bypassesRowSecurity?: boolean;
}

export interface PostgresTargetRole {
  readonly name: string;
  /** A superuser, the administrator or the server's own: not to be taken away. */
  readonly isProviders: boolean;
}

/** Enough to tell; nobody waits for a longer count. */
export const MOST_COUNTED = 100_000;

/** Rows in a table of an extension that its dump would carry: `cron.job`. */
export interface ExtensionRows {
  readonly extension: string;
  /** Quoted where it must be. */
  readonly table: string;
  /** Which rows are the user's: empty, or `WHERE …` in one line. */
  readonly condition: string;
  /** Counted up to `MOST_COUNTED`. */
  readonly rows: number;
}
