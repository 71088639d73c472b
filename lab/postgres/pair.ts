import { readFileSync } from "node:fs";
import { Client } from "pg";
import { Secret } from "../../src/model/secret.ts";
import type { DialAddress, Endpoint } from "../../src/postgres/endpoint.ts";
import { createAuthority } from "../certificates.ts";
import { AIVEN_EXTRAS } from "./aivenExtras.ts";
import type { PostgresMajor } from "./binaries.ts";
import { type LabServer, startServer } from "./server.ts";

/** One of the two servers, and how each side reaches it. */
export interface LabSide {
  readonly server: LabServer;
  /** The administrator's, on the database that is always there. */
  readonly admin: Endpoint;
  readonly dial: DialAddress;
  /** A session as the server's own superuser, past every rule: for tests to look and to plant faults. */
  superuser(database?: string): Promise<Client>;
}

export interface LabPair extends AsyncDisposable {
  /** As an in-cluster database: no TLS, its administrator is a superuser. */
  readonly source: LabSide;
  /** As a managed one: TLS only, 22 connections, an administrator who is no superuser. */
  readonly target: LabSide;
}

export interface PairOptions {
  readonly from?: PostgresMajor;
  readonly to?: PostgresMajor;
  readonly sourceSettings?: Readonly<Record<string, string>>;
  readonly targetSettings?: Readonly<Record<string, string>>;
  /** A target whose disk for tables is so small. */
  readonly targetMib?: number;
  /** Its administrator may subscribe through aiven_extras only. */
  readonly hasAivenExtras?: boolean;
  /** What its administrator may, if not what a managed server's may of that major. */
  readonly adminRights?: string;
  /** The network namespaces the two serve in, where anybody with a password is let in; this machine's loopback without. */
  readonly networks?: { readonly source: string; readonly target: string };
}

/** A password with everything in it that has ever broken a connection string. */
export const AWKWARD_PASSWORD = `p'q"@%:/\\ #?&=$()ü`;

const LOGICAL = { wal_level: "logical", max_wal_senders: "20", max_replication_slots: "20" };

export async function startPair(options: PairOptions = {}): Promise<LabPair> {
  await using kept = new AsyncDisposableStack();
  const authority = kept.use(createAuthority());
  const { networks } = options;
  const anybody = networks === undefined ? "127.0.0.1/32" : "all";
  const [source, target] = await Promise.all([
    startServer({
      major: options.from ?? 15,
      settings: { ...LOGICAL, max_connections: "60", ...options.sourceSettings },
      access: [`host all all ${anybody} scram-sha-256`],
      ...(networks === undefined ? {} : { network: networks.source }),
    }),
    startServer({
      major: options.to ?? 17,
      settings: {
        ...LOGICAL,
        max_connections: "25",
        superuser_reserved_connections: "3",
        max_worker_processes: "20",
        max_logical_replication_workers: "10",
        // Whoever does not wait for the disk loses what he wrote when it is killed: here nearly always, elsewhere at times.
        wal_writer_delay: "10s",
        ...options.targetSettings,
      },
      access: [`hostssl all all ${anybody} scram-sha-256`],
      ...(networks === undefined ? {} : { network: networks.target }),
      ...(options.targetMib === undefined ? {} : { tablesMib: options.targetMib }),
      ...(options.hasAivenExtras === true ? { extensions: AIVEN_EXTRAS } : {}),
      tls: authority.issue("IP:127.0.0.1,DNS:managed.example,DNS:localhost"),
    }),
  ]);
  kept.use(source);
  kept.use(target);
  const passwords = {
    source: new Secret(AWKWARD_PASSWORD),
    target: new Secret(`${AWKWARD_PASSWORD}+target`),
  };
  await giveAdministrator(source, "keeper", "superuser", passwords.source);
  const rights =
    options.adminRights ?? (options.hasAivenExtras === true ? MANAGED : managedRights(target.major));
  await giveAdministrator(target, "doadmin", rights, passwords.target);
  const ca = readFileSync(authority.certFile, "utf8");
  const tls = { mode: "verify", ca, name: "managed.example" } as const;
  const moved = kept.move();
  return {
    source: sideOf(source, "keeper", passwords.source, { mode: "off" }),
    target: sideOf(target, "doadmin", passwords.target, tls),
    [Symbol.asyncDispose]: () => moved.disposeAsync(),
  };
}

/** Before 16 nobody but a superuser may subscribe, so the stand-in for 15 is one. */
function managedRights(major: PostgresMajor): string {
  return major < 16 ? "superuser" : `${MANAGED} in role pg_create_subscription`;
}

const MANAGED = "createdb createrole replication bypassrls";

async function giveAdministrator(
  server: LabServer,
  name: string,
  rights: string,
  password: Secret,
): Promise<void> {
  const client = await connectAs(server, "postgres");
  await client.query(
    `create role ${name} login ${rights} password ${client.escapeLiteral(password.reveal())}`,
  );
  await client.end();
}

function sideOf(server: LabServer, user: string, password: Secret, tls: Endpoint["tls"]): LabSide {
  const { port } = server;
  return {
    server,
    admin: { host: "127.0.0.1", port, database: "postgres", user, password, tls },
    dial: { host: "127.0.0.1", port, tls: tls.mode === "off" ? "off" : "require" },
    superuser: (database = "postgres") => connectAs(server, database),
  };
}

async function connectAs({ superuser }: LabServer, database: string): Promise<Client> {
  const client = new Client({ ...superuser, database });
  client.on("error", () => undefined);
  await client.connect();
  return client;
}
