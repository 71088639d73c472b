import type { SecretValue } from "./facts.ts";

/** What may be said of a secret: where it points when it is a URL, the Service when it is the name of one. */
export function secretValue(text: string, isService: (host: string) => boolean): SecretValue {
  const bare = text.trim();
  const url = pointsTo(bare);
  if (url !== undefined) return { redacted: true, url };
  return isService(bare) ? { redacted: true, service: bare } : { redacted: true };
}

/** Of a query, what tells how to connect and nothing that could let one in. */
const TELLING: ReadonlySet<string> = new Set([
  "sslmode",
  "ssl_cert_reqs",
  "ssl",
  "pgbouncer",
  "channel_binding",
  "target_session_attrs",
]);

function pointsTo(text: string): SecretValue["url"] {
  const url = /^[a-z][a-z0-9+.-]*:\/\/\S+$/i.test(text) ? URL.parse(text) : null;
  // A raw `/`, `#` or `?` in a password ends the address too early: then nothing of it can be trusted.
  if (url === null || url.hostname === "" || /@/.test(url.pathname + url.search + url.hash)) return undefined;
  const parameters = [...url.searchParams].filter(
    ([name, value]) => TELLING.has(name) && /^[\w-]{1,40}$/.test(value),
  );
  return {
    scheme: url.protocol.replace(/:$/, ""),
    host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: url.port === "" ? null : Number(url.port),
    path: pathOf(url),
    ...(parameters.length === 0 ? {} : { parameters: Object.fromEntries(parameters) }),
  };
}

/** A data store's path is a database's name; the path of a web hook is a secret itself. */
function pathOf({ protocol, pathname }: URL): string {
  const isWeb = /^(https?|wss?):$/.test(protocol);
  return isWeb || !/^\/?[\w.%-]{0,63}$/.test(pathname) ? "" : pathname;
}
