import type { KubeApi } from "../../kube/api.ts";
import { find, MERGE_PATCH, refusal } from "../../kube/ask.ts";
import { OutgrowError } from "../../model/error.ts";
import { type ExternalObject, externalChange, readExternal } from "./externalHolder.ts";
import type { Holder, HolderKind, HolderName, Owner, Template, Worker } from "./held.ts";

/** `Secret default/glaze-env`, as `kubectl` users read it. */
export function titleOf({ kind, namespace, name }: HolderName): string {
  return `${kind} ${namespace}/${name}`;
}

/** Throws `not-found` for one that is gone: the plan then speaks of another world. */
export async function readHolder(kube: KubeApi, name: HolderName): Promise<Holder> {
  const object = await find<HeldObject>(kube, pathOf(name));
  if (object === null) {
    throw new OutgrowError("not-found", `${titleOf(name)} is gone.`, {
      hint: "Make the plan anew: outgrow plan --out plan.json",
    });
  }
  if (name.kind === "ExternalSecret") return readExternal(kube, name, object as ExternalObject);
  const template = isTemplate(name) ? templateOf(object) : null;
  return {
    name,
    texts: template === null ? dataTexts(name, object) : templateTexts(template),
    version: object.metadata.resourceVersion,
    template,
    obstacle: obstacleOf(name, object),
    owners: object.metadata.ownerReferences ?? [],
    written: {},
    external: null,
  };
}

/** Writes some texts, and an annotation of the pod template; false when somebody else wrote first. */
export async function writeHolder(
  kube: KubeApi,
  holder: Holder,
  texts: Readonly<Record<string, string>>,
  annotations: Readonly<Record<string, string>> = {},
): Promise<boolean> {
  const { name, version, template } = holder;
  const path = pathOf(name);
  const change =
    template !== null
      ? templateChange(name, changedTemplate(template, texts, annotations))
      : holder.external !== null
        ? externalChange(holder, texts)
        : { data: encoded(name, texts) };
  const body = { metadata: { resourceVersion: version }, ...change };
  const request = { method: "PATCH", path, contentType: MERGE_PATCH, body } as const;
  const answer = await kube.request(request);
  if (answer.status === CONFLICT) return false;
  if (answer.status < 300) return true;
  throw refusal(request, answer.status, answer.body);
}

const CONFLICT = 409;

interface HeldObject {
  readonly metadata: {
    readonly resourceVersion: string;
    readonly ownerReferences?: readonly Owner[];
  };
  readonly data?: Readonly<Record<string, string>> | null;
  readonly immutable?: boolean;
  readonly spec?: {
    readonly paused?: boolean;
    readonly template?: Template;
    readonly jobTemplate?: { readonly spec: { readonly template: Template } };
    readonly updateStrategy?: {
      readonly type?: string;
      readonly rollingUpdate?: { readonly partition?: number };
    };
  };
}

export function isTemplate({ kind }: HolderName): boolean {
  return kind !== "Secret" && kind !== "ConfigMap" && kind !== "ExternalSecret";
}

export function pathOf({ kind, namespace, name, version }: HolderName): string {
  const [group, usual, plural] = PLACES[kind];
  return `/${group}/${version ?? usual}/namespaces/${namespace}/${plural}/${name}`;
}

const PLACES: Readonly<Record<HolderKind, readonly [group: string, usualVersion: string, plural: string]>> = {
  Secret: ["api", "v1", "secrets"],
  ConfigMap: ["api", "v1", "configmaps"],
  ExternalSecret: ["apis/external-secrets.io", "v1", "externalsecrets"],
  Deployment: ["apis/apps", "v1", "deployments"],
  StatefulSet: ["apis/apps", "v1", "statefulsets"],
  DaemonSet: ["apis/apps", "v1", "daemonsets"],
  CronJob: ["apis/batch", "v1", "cronjobs"],
};

function templateOf({ spec }: HeldObject): Template {
  return spec?.template ?? spec?.jobTemplate?.spec.template ?? { spec: { containers: [] } };
}

function dataTexts({ kind }: HolderName, { data }: HeldObject): Readonly<Record<string, string>> {
  const pairs = Object.entries(data ?? {});
  return Object.fromEntries(
    pairs.map(([key, text]) => [key, kind === "Secret" ? Buffer.from(text, "base64").toString() : text]),
  );
}

function encoded({ kind }: HolderName, texts: Readonly<Record<string, string>>) {
  const pairs = Object.entries(texts);
  return Object.fromEntries(
    pairs.map(([key, text]) => [key, kind === "Secret" ? Buffer.from(text).toString("base64") : text]),
  );
}

function templateTexts({ spec }: Template): Readonly<Record<string, string>> {
  const workers = [...(spec.initContainers ?? []), ...spec.containers];
  return Object.fromEntries(
    workers.flatMap(({ name, env = [], command = [], args = [] }) => [
      ...env.flatMap((each) =>
        each.value === undefined ? [] : [[`${name}/env/${each.name}`, each.value] as const],
      ),
      ...command.map((word, index) => [`${name}/command/${index}`, word] as const),
      ...args.map((word, index) => [`${name}/args/${index}`, word] as const),
    ]),
  );
}

/** A merge patch replaces whole lists; the version that goes with it says that nothing of them is lost. */
function changedTemplate(
  { spec: { containers, initContainers } }: Template,
  texts: Readonly<Record<string, string>>,
  annotations: Readonly<Record<string, string>>,
): Template {
  const change = (worker: Worker) => changedWorker(worker, texts);
  return {
    metadata: { annotations },
    spec: {
      containers: containers.map(change),
      ...(initContainers === undefined ? {} : { initContainers: initContainers.map(change) }),
    },
  };
}

function templateChange({ kind }: HolderName, template: Template): object {
  return kind === "CronJob" ? { spec: { jobTemplate: { spec: { template } } } } : { spec: { template } };
}

function changedWorker(worker: Worker, texts: Readonly<Record<string, string>>): Worker {
  const { name, env, command, args } = worker;
  const words = (list: readonly string[], kind: string) =>
    list.map((word, index) => texts[`${name}/${kind}/${index}`] ?? word);
  return {
    ...worker,
    ...(env === undefined
      ? {}
      : {
          env: env.map((each) => {
            const next = texts[`${name}/env/${each.name}`];
            return next === undefined || each.value === undefined ? each : { ...each, value: next };
          }),
        }),
    ...(command === undefined ? {} : { command: words(command, "command") }),
    ...(args === undefined ? {} : { args: words(args, "args") }),
  };
}

function obstacleOf(name: HolderName, { immutable, spec }: HeldObject): string | null {
  const title = titleOf(name);
  if (immutable === true) return `${title} is immutable`;
  if (spec?.paused === true) return `${title} is paused, so its pods would go on with the old address`;
  const { type, rollingUpdate } = spec?.updateStrategy ?? {};
  if (type === "OnDelete") return `${title} replaces its pods only when somebody deletes them (OnDelete)`;
  if ((rollingUpdate?.partition ?? 0) > 0) return `${title} holds some of its pods back (partition)`;
  return null;
}
