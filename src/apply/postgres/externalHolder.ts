import type { KubeApi } from "../../kube/api.ts";
import { find } from "../../kube/ask.ts";
import type { Holder, HolderName } from "./held.ts";

/** What of an ExternalSecret matters here: https://external-secrets.io/latest/api/spec/ */
export interface ExternalObject {
  readonly metadata: {
    readonly resourceVersion: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly { readonly kind: string; readonly name: string }[];
  };
  readonly spec: {
    readonly target?: { readonly name?: string; readonly template?: ExternalTemplate | null };
  };
}

interface ExternalTemplate {
  readonly type?: string;
  readonly engineVersion?: string;
  readonly mergePolicy?: string;
  readonly data?: Readonly<Record<string, string>>;
  readonly templateFrom?: readonly unknown[];
}

interface WrittenSecret {
  readonly type?: string;
  readonly data?: Readonly<Record<string, string>> | null;
}

/** Stands beside the keys: empty while the ExternalSecret has no template at all. */
export const TEMPLATE = "(template)";

/** Its template's texts by key, and what it wrote with them last. */
export async function readExternal(kube: KubeApi, name: HolderName, object: ExternalObject): Promise<Holder> {
  const { target = {} } = object.spec;
  const secret = await find<WrittenSecret>(kube, secretPath(name, target.name ?? name.name));
  const { template } = target;
  const isThere = template !== undefined && template !== null;
  return {
    name,
    texts: { ...template?.data, [TEMPLATE]: isThere ? "there" : "" },
    written: decoded(secret?.data ?? {}),
    version: object.metadata.resourceVersion,
    template: null,
    obstacle: obstacleOf(name, template ?? {}),
    owners: object.metadata.ownerReferences ?? [],
    external: {
      secret: target.name ?? name.name,
      template: { ...metaOf(object), ...(secret?.type === undefined ? {} : { type: secret.type }) },
    },
  };
}

function metaOf({ metadata: { labels = {}, annotations = {} } }: ExternalObject): object {
  const { "kubectl.kubernetes.io/last-applied-configuration": _applied, ...kept } = annotations;
  return { metadata: { labels, annotations: kept } };
}

function decoded(data: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const pairs = Object.entries(data);
  return Object.fromEntries(pairs.map(([key, text]) => [key, Buffer.from(text, "base64").toString()]));
}

function obstacleOf(
  { namespace, name }: HolderName,
  { engineVersion, templateFrom = [] }: ExternalTemplate,
): string | null {
  const title = `ExternalSecret ${namespace}/${name}`;
  if (engineVersion === "v1") return `${title} has a template of engine v1, which cannot replace a text`;
  return templateFrom.length > 0 ? `${title} takes its template from elsewhere (templateFrom)` : null;
}

/** The change of its spec: an empty text takes a key out again, and an empty template the whole of it. */
export function externalChange({ texts, external }: Holder, changes: Readonly<Record<string, string>>) {
  const { [TEMPLATE]: template, ...data } = changes;
  if (template === "") return { spec: { target: { template: null } } };
  const isNew = template === "there";
  const hasData = Object.keys(texts).some((place) => place !== TEMPLATE && texts[place] !== "");
  const keys = Object.entries(data).map(([key, text]) => [key, text === "" ? null : text]);
  return {
    spec: {
      target: {
        template: {
          ...(isNew ? external?.template : {}),
          // Else the Secret would hold what the template says and nothing more.
          ...(hasData ? {} : { mergePolicy: "Merge" }),
          data: Object.fromEntries(keys),
        },
      },
    },
  };
}

function secretPath({ namespace }: HolderName, secret: string): string {
  return `/api/v1/namespaces/${namespace}/secrets/${secret}`;
}
