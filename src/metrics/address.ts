import { OutgrowError } from "../model/error.ts";

/** Where the API is; `/api/v1/…` is appended to `path`. */
export interface Address {
  readonly origin: string;
  readonly path: string;
}

/** Reads `metrics.prometheus.url`. A user name or password in it would end up in messages, so it is refused. */
export function parseAddress(text: string): Address {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new OutgrowError("config", "metrics.prometheus.url is not an http:// or https:// address.", {
      hint: "Write it as https://prometheus.example or, for Grafana Cloud, https://….grafana.net/api/prom.",
    });
  }
  if (url.username !== "" || url.password !== "" || url.search !== "") {
    throw new OutgrowError("config", "metrics.prometheus.url holds more than an address.", {
      hint: "Put credentials into username, password, bearer or headers, as { env: NAME } or { file: PATH }.",
    });
  }
  return { origin: url.origin, path: url.pathname.replace(/\/+$/, "") };
}

/** On loopback compressing costs more than it saves; everywhere else a range answer shrinks to a fifth. */
export function isLoopback(origin: string): boolean {
  const { hostname } = new URL(origin);
  return hostname === "localhost" || hostname === "[::1]" || /^127\./.test(hostname);
}
