import type { OutsidePostgres } from "../model/steps/postgres-move.ts";
import type { HostSettings, TargetSettings } from "./config.ts";
import type { Cursor } from "./cursor.ts";
import {
  entriesOf,
  isMapping,
  readCount,
  readList,
  readOneOf,
  readSecret,
  readText,
  required,
} from "./readers.ts";

export function readHosts(cursor: Cursor): readonly HostSettings[] {
  const entries = entriesOf(cursor, "host names", "glaze-prod: { role: server }");
  return entries.flatMap(([name, host]) => readHost(name, host) ?? []);
}

function readHost(name: string, cursor: Cursor): HostSettings | undefined {
  if (!isMapping(cursor, ["role", "ssh", "privateAddress", "size"])) return undefined;
  if (!/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(name)) {
    cursor.problem(`${cursor.path} is no name for a host.`, "Write small letters, digits and hyphens.");
  }
  const readRole = readOneOf(["server", "agent"]);
  return {
    name,
    role: required(cursor.get("role"), readRole, "role: server, or role: agent") ?? "server",
    ssh: readText(cursor.get("ssh")) ?? null,
    privateAddress: readAddress(cursor.get("privateAddress")) ?? null,
    size: readText(cursor.get("size")) ?? null,
  };
}

function readAddress(cursor: Cursor): string | undefined {
  const text = readText(cursor);
  const numbers = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text ?? "")?.slice(1) ?? [];
  if (text === undefined || (numbers.length === 4 && numbers.every((number) => Number(number) < 256)))
    return text;
  cursor.problem(`${cursor.path} must be an IPv4 address.`, "Write 10.116.0.2, say.");
  return undefined;
}

export function readTarget(cursor: Cursor): TargetSettings | null {
  if (!isMapping(cursor, ["hosts", "postgres", "redis"])) return null;
  return {
    hosts: readHosts(cursor.get("hosts")),
    postgres: readPostgresTarget(cursor.get("postgres")),
    redis: readRedisTarget(cursor.get("redis")),
  };
}

function readPostgresTarget(cursor: Cursor): TargetSettings["postgres"] {
  const at = cursor.get("at");
  const migration = cursor.get("onlineMigration");
  if (at.node === null) {
    if (migration.node !== null)
      migration.problem(
        `${migration.path} stands beside at only.`,
        "Write at: { host, port, user, password } too.",
      );
    return readStore(cursor, ["managed", "at", "onlineMigration"]);
  }
  if (!isMapping(cursor, ["at", "onlineMigration"]) || !isMapping(at, ENDPOINT_KEYS)) return "stay";
  return { at: readEndpoint(at), onlineMigration: readOnlineMigration(migration) };
}

function readOnlineMigration(cursor: Cursor): { readonly digitalocean: string } | null {
  if (cursor.node === null || !isMapping(cursor, ["digitalocean"])) return null;
  const example = "digitalocean: 9cc10173-e9ea-4176-9dbc-a4cee4c4ff30";
  return { digitalocean: required(cursor.get("digitalocean"), readText, example) ?? "" };
}

const ENDPOINT_KEYS = ["host", "port", "database", "user", "password", "tls", "ca"];

function readEndpoint(cursor: Cursor): OutsidePostgres {
  const ca = readText(cursor.get("ca")) ?? null;
  const example = "password: { env: POSTGRES_ADMIN_PASSWORD }";
  return {
    host: required(cursor.get("host"), readText, "host: private-glaze-db.example") ?? "",
    port: readCount(cursor.get("port")) ?? USUAL_PORT,
    database: readText(cursor.get("database")) ?? "postgres",
    user: required(cursor.get("user"), readText, "user: doadmin") ?? "",
    password: required(cursor.get("password"), readSecret, example) ?? { env: "" },
    tls: readOneOf(["off", "require", "verify"])(cursor.get("tls")) ?? (ca === null ? "require" : "verify"),
    ca,
  };
}

const USUAL_PORT = 5432;

function readRedisTarget(cursor: Cursor): TargetSettings["redis"] {
  const sentinel = cursor.get("sentinel");
  if (sentinel.node === null) return readStore(cursor, ["managed", "sentinel"]);
  if (!isMapping(cursor, ["sentinel"]) || !isMapping(sentinel, ["voters"])) return "stay";
  const voters = required(sentinel.get("voters"), readList(readText), "voters: [one, two, three]") ?? [];
  if (voters.length < 3 || voters.length % 2 === 0) {
    sentinel
      .get("voters")
      .problem(
        `${sentinel.path}.voters must be three hosts, or five.`,
        "Two of a pair can never outvote one another.",
      );
  }
  return { sentinel: { voters } };
}

function readStore(
  cursor: Cursor,
  shapes: readonly string[],
): "stay" | { readonly managed: { readonly size: string } } {
  if (cursor.node === null || ("value" in cursor.node && cursor.node.value === "stay")) return "stay";
  const managed = cursor.get("managed");
  if (!isMapping(cursor, shapes)) return "stay";
  if (managed.node === null) {
    const at = shapes.includes("at") ? ", or at: { host, port, user, password }" : "";
    const hint = `Write stay, or managed: { size: db-s-1vcpu-1gb }${at}.`;
    cursor.problem(`${cursor.path} does not say where.`, hint);
  }
  if (!isMapping(managed, ["size"])) return "stay";
  return { managed: { size: required(managed.get("size"), readText, "size: db-s-1vcpu-1gb") ?? "" } };
}
