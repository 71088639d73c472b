import { Secret } from "../model/secret.ts";
import type { PrometheusSettings } from "../model/settings.ts";

/** `PrometheusSettings` with its secrets read: what a client needs to get in. */
export interface PrometheusAccess
  extends Pick<PrometheusSettings, "url" | "username" | "caFile" | "timeoutMs"> {
  readonly password: Secret | null;
  readonly bearer: Secret | null;
  readonly headers: Readonly<Record<string, string | Secret>>;
}

/** The headers that let a request in. The only place where a secret is revealed to be sent. */
export function accessHeaders(access: PrometheusAccess): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(access.headers)) headers[name] = plain(value);
  if (access.bearer !== null) headers.Authorization = `Bearer ${access.bearer.reveal()}`;
  else if (access.username !== null) headers.Authorization = `Basic ${basic(access)}`;
  return headers;
}

/** Takes every secret of `access` out of a text that came from the server. */
export function withoutSecrets(text: string, access: PrometheusAccess): string {
  const secrets = [access.password, access.bearer, ...Object.values(access.headers)]
    .filter((value) => value instanceof Secret)
    .map((secret) => secret.reveal())
    .concat(access.password === null ? [] : [basic(access)])
    .filter((value) => value !== "");
  return secrets.reduce((clean, secret) => clean.replaceAll(secret, "[redacted]"), text);
}

function basic({ username, password }: PrometheusAccess): string {
  return Buffer.from(`${username ?? ""}:${password?.reveal() ?? ""}`).toString("base64");
}

function plain(value: string | Secret): string {
  return value instanceof Secret ? value.reveal() : value;
}
