import { type Resource, singularName } from "./resources.ts";

/** What the API says when it does not do what is asked: `Status` of `meta/v1`. */
export interface Status {
  readonly kind: "Status";
  readonly apiVersion: "v1";
  readonly metadata: Readonly<Record<string, never>>;
  readonly status: "Failure" | "Success";
  readonly message?: string;
  readonly reason?: string;
  readonly details?: unknown;
  readonly code?: number;
}

/** One field that is wrong, as `field.Error` of apimachinery words it. */
export interface FieldError {
  readonly reason:
    | "FieldValueInvalid"
    | "FieldValueRequired"
    | "FieldValueForbidden"
    | "FieldValueNotFound"
    | "FieldValueNotSupported";
  readonly field: string;
  readonly message: string;
}

/** An error that carries a `Status` for the client; the server catches it and sends it. */
export function refusal(code: number, reason: string, message: string, details?: unknown): Error {
  const status: Status = {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message,
    reason,
    ...(details === undefined ? {} : { details }),
    code,
  };
  return new Error(message, { cause: status });
}

export function statusOf(error: unknown): Status | undefined {
  const cause = error instanceof Error ? error.cause : undefined;
  return typeof cause === "object" && cause !== null && "kind" in cause && cause.kind === "Status"
    ? (cause as Status)
    : undefined;
}

export function success(details?: unknown, code?: number): Status {
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Success",
    ...(details === undefined ? {} : { details }),
    ...(code === undefined ? {} : { code }),
  };
}

export function badRequest(message: string): Error {
  return refusal(400, "BadRequest", message);
}

export function notFound(resource: Resource, name: string): Error {
  return refusal(404, "NotFound", `${singularName(resource)} "${name}" not found`, detailsOf(resource, name));
}

export function alreadyExists(resource: Resource, name: string): Error {
  const message = `${singularName(resource)} "${name}" already exists`;
  return refusal(409, "AlreadyExists", message, detailsOf(resource, name));
}

export function modified(resource: Resource, name: string): Error {
  const message =
    `Operation cannot be fulfilled on ${singularName(resource)} "${name}": the object has been modified; ` +
    "please apply your changes to the latest version and try again";
  return refusal(409, "Conflict", message, detailsOf(resource, name));
}

export function invalid(resource: Resource, name: string, errors: readonly FieldError[]): Error {
  const texts = errors.map(({ field, message }) => `${field}: ${message}`);
  const list = texts.length === 1 ? texts[0] : `[${texts.join(", ")}]`;
  const { group, kind } = resource;
  const details = {
    name,
    ...(group === "" ? {} : { group }),
    kind,
    causes: errors.map(({ reason, message, field }) => ({ reason, message, field })),
  };
  const what = group === "" ? kind : `${kind}.${group}`;
  return refusal(422, "Invalid", `${what} "${name}" is invalid: ${list}`, details);
}

export function detailsOf({ group, plural }: Resource, name: string): Record<string, unknown> {
  return { name, ...(group === "" ? {} : { group }), kind: plural };
}
