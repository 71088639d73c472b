/** What a stand-in says; without a body where theirs is empty. */
export interface Answer {
  readonly status: number;
  readonly body?: unknown;
}

export interface Request {
  readonly method: string;
  readonly url: URL;
  /** The text of the body. */
  readonly body: string;
}

const IDS: Readonly<Record<number, string>> = {
  400: "bad_request",
  401: "unauthorized",
  404: "not_found",
  422: "unprocessable_entity",
};

export const NOT_FOUND: Answer = refusal(404, "The resource you were accessing could not be found.");

export function refusal(status: number, message: string): Answer {
  return { status, body: { id: IDS[status] ?? "server_error", message } };
}
