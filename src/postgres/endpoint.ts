import type { Secret } from "../model/secret.ts";

/** Where a database is and who asks. The host and port are those seen from here: through a tunnel, the tunnel's. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: Secret;
  readonly tls: TlsSettings;
}

export interface TlsSettings {
  /** `off`, `require`: encrypted, whoever answers; `verify`: by an authority we know, under the right name. */
  readonly mode: "off" | "require" | "verify";
  /** PEM text; without it the system's authorities. */
  readonly ca?: string | undefined;
  /** The name in the certificate, where the host is only a tunnel. */
  readonly name?: string | undefined;
}

/** How one server reaches the other: what a subscription dials. */
export interface DialAddress {
  readonly host: string;
  readonly port: number;
  readonly tls: "off" | "require";
}

/** A libpq connection string; every value quoted, so that any password survives: https://www.postgresql.org/docs/current/libpq-connect.html */
export function connectionString(
  { host, port, tls }: DialAddress,
  login: { readonly database: string; readonly user: string; readonly password: Secret },
): string {
  const words = {
    host,
    port: String(port),
    dbname: login.database,
    user: login.user,
    password: login.password.reveal(),
    sslmode: tls === "require" ? "require" : "prefer",
    connect_timeout: "10",
    // A cut nobody announces is noticed in seconds, not after the kernel's two hours.
    keepalives_idle: "5",
    keepalives_interval: "2",
    keepalives_count: "3",
    // The same for words that nobody acknowledges: while some are under way nothing is kept alive.
    tcp_user_timeout: "11000",
  };
  return Object.entries(words)
    .map(([key, value]) => connectionWord(key, value))
    .join(" ");
}

/** One part of such a string. Programs take one for the name of a database too, and a name with `=` in it for one. */
export function connectionWord(key: string, value: string): string {
  return `${key}='${value.replace(/['\\]/g, "\\$&")}'`;
}

/** A database as a program's `--dbname` takes it: as it is, where it cannot be taken for such a string. */
export function databaseWord(name: string): string {
  return /^[^=:]+$/.test(name) ? name : connectionWord("dbname", name);
}

/** `glaze at db.example:25060`, for messages. */
export function placeOf({ host, port, database }: Endpoint): string {
  return `${database} at ${host}:${port}`;
}
