/** One request to the Kubernetes API, by its path: what `kubectl --v=8` would show. */
export interface KubeRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** `/apis/apps/v1/namespaces/shop/deployments/web?dryRun=All` */
  readonly path: string;
  /** Sent as JSON (apply patches too: JSON is YAML). */
  readonly body?: unknown;
  /** `application/merge-patch+json` and the like; JSON when absent. */
  readonly contentType?: string;
}

/** What the API answered, refusals too: the caller judges the status. */
export interface KubeAnswer {
  readonly status: number;
  /** Parsed JSON; a string where it is none (`/readyz`). */
  readonly body: unknown;
}

/**
 * The Kubernetes API of one cluster. Everything asked of it goes through `request`.
 * Throws `unreachable`, `tls`, `timeout`, `too-large` or `bad-answer` when there is no answer to judge.
 */
export interface KubeApi extends AsyncDisposable {
  request(request: KubeRequest): Promise<KubeAnswer>;
}
