import type { IncomingMessage } from "node:http";
import type { TLSSocket } from "node:tls";
import type { Answer, Call, Target, User } from "./call.ts";
import { read, type Stored } from "./object.ts";
import { afterUpdate } from "./patches/managers.ts";
import { refusal } from "./refusal.ts";
import { apiVersionOf } from "./resources.ts";
import { timeText } from "./world.ts";

/** Something a user may not do; what is left out means any. Everyone else who is known may do everything. */
export interface Denial {
  readonly user?: string;
  readonly verb?: string;
  readonly group?: string;
  readonly resource?: string;
  readonly namespace?: string;
}

/** By client certificate or bearer token; nobody in particular without either. Throws 401 for a bad one. */
export function authenticate(request: IncomingMessage, tokens: ReadonlyMap<string, User>): User {
  const { authorization } = request.headers;
  if (authorization !== undefined) {
    const user = tokens.get(/^Bearer (.*)$/.exec(authorization)?.[1] ?? "");
    if (user === undefined) throw refusal(401, "Unauthorized", "Unauthorized");
    return user;
  }
  return (
    certified(request.socket as TLSSocket) ?? { name: "system:anonymous", groups: ["system:unauthenticated"] }
  );
}

/** Common name and organisations of a certificate this authority has signed. */
function certified(socket: TLSSocket): User | undefined {
  const { subject } = socket.getPeerCertificate();
  if (subject === undefined) return undefined;
  if (!socket.authorized) throw refusal(401, "Unauthorized", "Unauthorized");
  const organisations = subject.O ?? [];
  const name = Array.isArray(subject.CN) ? (subject.CN[0] ?? "") : (subject.CN ?? "");
  return { name, groups: [organisations].flat() };
}

/** Throws 403 in the API's own words. */
export function authorize(user: User, verb: string, target: Target, denials: readonly Denial[]): void {
  if (isAllowed(user, verb, target, denials)) return;
  const { resource, namespace, name, subresource } = target;
  const what = subresource === undefined ? resource.plural : `${resource.plural}/${subresource}`;
  const named = name === undefined ? `${resource.plural}` : `${resource.plural}`;
  const where = namespace === undefined ? "at the cluster scope" : `in the namespace "${namespace}"`;
  const subject = `${named}${resource.group === "" ? "" : `.${resource.group}`}${name === undefined ? "" : ` "${name}"`}`;
  const message =
    `${subject} is forbidden: User "${user.name}" cannot ${verb} resource "${what}" ` +
    `in API group "${resource.group}" ${where}`;
  const details = {
    ...(name === undefined ? {} : { name }),
    ...(resource.group === "" ? {} : { group: resource.group }),
    kind: resource.plural,
  };
  throw refusal(403, "Forbidden", message, details);
}

function isAllowed(
  user: User,
  verb: string,
  { resource, namespace }: Target,
  denials: readonly Denial[],
): boolean {
  if (user.groups.includes("system:unauthenticated")) return false;
  const asked = { user: user.name, verb, group: resource.group, resource: resource.plural, namespace };
  return !denials.some((denial) =>
    Object.entries(denial).every(([key, value]) => asked[key as keyof typeof asked] === value),
  );
}

/** POST on `selfsubjectaccessreviews`: the same question, asked instead of tried. */
export function review(call: Call, denials: readonly Denial[]): Answer {
  const { world, target, body, user, manager } = call;
  const attributes = read<Record<string, string>>(body, "spec", "resourceAttributes") ?? {};
  const resource = { ...target.resource, group: attributes.group ?? "", plural: attributes.resource ?? "" };
  const asked: Target = {
    resource,
    namespace: attributes.namespace,
    name: attributes.name,
    subresource: attributes.subresource,
  };
  const allowed = isAllowed(user, attributes.verb ?? "", asked, denials);
  const answered = {
    kind: "SelfSubjectAccessReview",
    apiVersion: apiVersionOf(target.resource),
    metadata: {},
    spec: { resourceAttributes: attributes },
    status: { allowed },
  } as unknown as Stored;
  const managedFields = afterUpdate(undefined, answered, { manager }, timeText(world.now()));
  return { status: 201, body: { ...answered, metadata: { managedFields } } };
}
