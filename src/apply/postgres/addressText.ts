import { hostExpression, type ServiceNames, variablePrefixes } from "../../audit/view/serviceHost.ts";

/** The server a text names now. */
export interface OldServer {
  readonly names: ServiceNames;
  readonly port: number;
  /** Variables that hold its host and nothing else: `$(DB_HOST):5432` composes an address of them. */
  readonly variables?: readonly string[];
}

/** The one it is to name. */
export interface NewServer {
  readonly host: string;
  readonly port: number;
  readonly needsTls: boolean;
}

const USUAL_PORT = 5432;

/**
 * A text with the old server's address replaced by the new one, or the very same text where it names the old one
 * nowhere. User, password and database are not touched: the move takes them along. `null`: it names the old
 * server, and where it says the port cannot be told.
 */
export function readdressed(text: string, namespace: string, from: OldServer, to: NewServer): string | null {
  const isOneUrl = /^(jdbc:)?[a-z][a-z0-9+.]*:\/\/\S*$/i.test(text);
  const urls = isOneUrl ? /^.*$/ : /(jdbc:)?[a-z][a-z0-9+.]*:\/\/[^\s"'<>]+/gi;
  const withUrls = text.replace(urls, (url) => inUrl(url, namespace, from, to));
  return isOneUrl ? withUrls : inWords(withUrls, namespace, from, to);
}

/** Only behind the password and before the path: a password may well be the name of the server. */
function inUrl(url: string, namespace: string, from: OldServer, to: NewServer): string {
  const next = STRICT_URL.exec(url)?.groups;
  const whole = next === undefined ? url : readdressedUrl(next, url, namespace, from, to);
  // A password that was never encoded: the last @ is the one before the host.
  const loose = whole === url ? LOOSE_URL.exec(url)?.groups : undefined;
  return loose === undefined ? whole : readdressedUrl(loose, url, namespace, from, to);
}

const STRICT_URL =
  /^(?<scheme>[^/]+:\/\/)(?<user>[^/?#]*@)?(?<hosts>[^/?#@]*)(?<path>[^?]*)(\?(?<query>.*))?$/;
const LOOSE_URL = /^(?<scheme>[^/]+:\/\/)(?<user>.*@)(?<hosts>[^/?#@]*)(?<path>[^?]*)(\?(?<query>.*))?$/;

function readdressedUrl(
  { scheme = "", user = "", hosts = "", path = "", query }: Readonly<Record<string, string | undefined>>,
  url: string,
  namespace: string,
  from: OldServer,
  to: NewServer,
): string {
  const nextHosts = replaced(hosts, namespace, from, to, true);
  const nextQuery = query === undefined ? undefined : (inWords(query, namespace, from, to) ?? query);
  if (nextHosts === hosts && nextQuery === query) return url;
  const needsTls = to.needsTls && /^(jdbc:)?postg/i.test(scheme);
  const key = /\+asyncpg:/i.test(scheme) ? "ssl" : "sslmode";
  const parameters = needsTls ? withTls(nextQuery, key) : nextQuery;
  return `${scheme}${user}${nextHosts}${path}${parameters === undefined ? "" : `?${parameters}`}`;
}

/** asyncpg says `ssl`, all others `sslmode`: https://www.postgresql.org/docs/current/libpq-ssl.html */
function withTls(query: string | undefined, key: "ssl" | "sslmode"): string {
  const parameters = (query ?? "").split("&").filter((each) => each !== "");
  const isWeak = (each: string) => /^(sslmode|ssl)=(disable|allow|prefer|false|0)$/.test(each);
  const kept = parameters.filter((each) => !isWeak(each));
  const isSaid = kept.some((each) => /^(sslmode|ssl)=/.test(each));
  return [...kept, ...(isSaid ? [] : [`${key}=require`])].join("&");
}

/** Settings, command lines, whole files. */
function inWords(text: string, namespace: string, from: OldServer, to: NewServer): string | null {
  const next = replaced(text, namespace, from, to, false);
  if (next === text || from.port === to.port || isAlone(text, namespace, from)) return next;
  const hasPortBeside = new RegExp(`${escaped(to.host)}:\\d+`).test(next);
  if (hasPortBeside) return next;
  const ports = [...next.matchAll(portPattern(from.port))];
  return ports.length === 1 ? next.replace(portPattern(from.port), `$1${to.port}`) : null;
}

/** A value that is the host and nothing else: its port is a value of its own. */
function isAlone(text: string, namespace: string, { names }: OldServer): boolean {
  return new RegExp(`^\\s*${hostExpression(names, namespace)}\\.?\\s*$`).test(text);
}

/** `port=5432`, `"port": 5432`, `port: '5432'` */
function portPattern(port: number): RegExp {
  return new RegExp(`(\\bport["']?\\s*[:=]\\s*["']?)${port}\\b`, "gi");
}

function replaced(
  text: string,
  namespace: string,
  { names, port, variables = [] }: OldServer,
  to: NewServer,
  isUrl: boolean,
): string {
  const set = variablePrefixes(names, namespace);
  const composed = variables.map((name) => `\\$\\(${escaped(name)}\\)`);
  const hosts = [
    hostExpression(names, namespace),
    ...set.map((name) => `\\$[({]?${name}_SERVICE_HOST[)}]?`),
    ...(composed.length === 0 ? [] : [`(?<kept>${composed.join("|")})`]),
  ];
  const ports = ["\\d+", ...set.map((name) => `\\$[({]?${name}_SERVICE_PORT[)}]?`), "\\$[({]?\\w+[)}]?"];
  const pattern = new RegExp(
    `(?<before>^|[\\s=:,@/'"(;|])(?:${hosts.join("|")})\\.?(?<port>:(?:${ports.join("|")}))?(?=$|[^\\w.-])`,
    "g",
  );
  return text.replace(pattern, (whole: string, ...groups: unknown[]) => {
    const { before = "", kept, port: said } = groups.at(-1) as Readonly<Record<string, string | undefined>>;
    const next = nextPort(said, port, to.port, isUrl, set);
    return next === null ? whole : `${before}${kept ?? to.host}${next}`;
  });
}

/** As it is to stand behind the host; `null`: that port is another server's. */
function nextPort(
  said: string | undefined,
  from: number,
  to: number,
  isUrl: boolean,
  prefixes: readonly string[],
): string | null {
  if (said === undefined) return isUrl && to !== USUAL_PORT ? `:${to}` : "";
  if (said === `:${from}`) return `:${to}`;
  if (!said.startsWith(":$")) return null;
  return prefixes.some((prefix) => said.includes(`${prefix}_SERVICE_PORT`)) ? `:${to}` : said;
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}
