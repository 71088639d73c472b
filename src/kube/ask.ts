import { type ErrorCode, OutgrowError } from "../model/error.ts";
import type { KubeApi, KubeRequest } from "./api.ts";

/** Asks, and expects to be served: throws in the API's own words when it refuses. */
export async function ask<T>(api: KubeApi, request: KubeRequest): Promise<T> {
  const { status, body } = await api.request(request);
  if (status < 300) return body as T;
  throw refusal(request, status, body);
}

/** The object at a path, or `null` where there is none. */
export async function find<T>(api: KubeApi, path: string): Promise<T | null> {
  const { status, body } = await api.request({ method: "GET", path });
  if (status === 404) return null;
  if (status < 300) return body as T;
  throw refusal({ method: "GET", path }, status, body);
}

export const MERGE_PATCH = "application/merge-patch+json";

export function refusal({ method, path }: KubeRequest, status: number, body: unknown): OutgrowError {
  const said = (body as { readonly message?: unknown } | null)?.message;
  const words = typeof said === "string" ? said : "no reason was given";
  return new OutgrowError(
    CODES[status] ?? (status >= 500 ? "unavailable" : "bad-answer"),
    `Kubernetes refuses ${method} ${path} with ${status}: ${words}.`.replace(/\.\.$/, "."),
    { hint: HINTS[status] ?? (status >= 500 ? TRY_AGAIN : undefined) },
  );
}

const CODES: Readonly<Record<number, ErrorCode>> = {
  401: "unauthorized",
  403: "denied",
  404: "not-found",
  429: "rate-limited",
};

const TRY_AGAIN = "It may be starting, or overloaded: try again shortly.";

const HINTS: Readonly<Record<number, string>> = {
  401: "The credentials of the kubeconfig are not, or no longer, those of this cluster: copy /etc/rancher/k3s/k3s.yaml again.",
  403: "Give the user of the kubeconfig a role that allows it, or use the administrator's of /etc/rancher/k3s/k3s.yaml.",
  429: TRY_AGAIN,
};
