import { type Fields, isFields } from "../object.ts";
import { badRequest } from "../refusal.ts";
import type { Resource } from "../resources.ts";

interface Attribute {
  readonly baseName: string;
  readonly type: string;
}

interface Model {
  readonly attributeTypeMap?: readonly Attribute[];
}

/**
 * `fieldValidation=Strict`: every field must be known. The field lists are those of the generated models of
 * the Kubernetes client, made from the API's own description. Custom resources are not looked into.
 */
export async function refuseUnknownFields(resource: Resource, object: Fields): Promise<void> {
  const models = (await import("@kubernetes/client-node")) as unknown as Readonly<Record<string, Model>>;
  const root = `${capitalised(resource.version)}${resource.kind}`;
  if (resource.isCustom || models[root]?.attributeTypeMap === undefined) return;
  const unknown = unknownFields(object, root, "", models);
  if (unknown.length === 0) return;
  const list = unknown.map((path) => `unknown field "${path}"`).join(", ");
  throw badRequest(
    `${resource.kind} in version "${resource.version}" cannot be handled as a ${resource.kind}: strict decoding error: ${list}`,
  );
}

function unknownFields(
  value: unknown,
  type: string,
  path: string,
  models: Readonly<Record<string, Model>>,
): readonly string[] {
  const item = /^(?:Set|Array)<(.*)>$/.exec(type)?.[1];
  if (item !== undefined && Array.isArray(value)) {
    return value.flatMap((each, index) => unknownFields(each, item, `${path}[${index}]`, models));
  }
  const attributes = models[type]?.attributeTypeMap;
  if (attributes === undefined || !isFields(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const place = path === "" ? key : `${path}.${key}`;
    const attribute = attributes.find(({ baseName }) => baseName === key);
    return attribute === undefined ? [place] : unknownFields(inner, attribute.type, place, models);
  });
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
