import { type ExecFileException, execFile } from "node:child_process";
import { join } from "node:path";
import type { Gap, KubeObject } from "../model/facts.ts";
import { SECOND } from "../model/time.ts";
import { readManifests } from "./manifests.ts";

/** A chart of a checkout, and how its deploys call it. */
export interface ChartUse {
  /** Its folder, relative to the root. */
  readonly folder: string;
  /** The release's name, for what templates make of it. */
  readonly release: string;
  readonly namespace: string;
  /** Values files, relative to the root, later ones winning. */
  readonly valuesFiles: readonly string[];
}

export interface Rendered {
  readonly objects: readonly KubeObject[];
  readonly gaps: readonly Gap[];
}

const PATIENCE_MS = 30 * SECOND;
const LONGEST_OUTPUT = 64 * 1024 * 1024;

/** What `helm template` makes of a chart. Without helm, or when it refuses, the chart is a gap: nothing is guessed. */
export async function renderChart(root: string, chart: ChartUse, env: NodeJS.ProcessEnv): Promise<Rendered> {
  const answer = await helm(root, chart, env);
  if (typeof answer !== "string") return { objects: [], gaps: [answer] };
  return { objects: objectsOf(answer, chart), gaps: [] };
}

function helm(root: string, chart: ChartUse, env: NodeJS.ProcessEnv): Promise<string | Gap> {
  const values = chart.valuesFiles.flatMap((file) => ["--values", join(root, file)]);
  const args = [
    "template",
    chart.release,
    join(root, chart.folder),
    "--namespace",
    chart.namespace,
    ...values,
  ];
  const limits = { timeout: PATIENCE_MS, maxBuffer: LONGEST_OUTPUT };
  return new Promise((resolve) => {
    execFile("helm", args, { ...limits, env }, (error, stdout, stderr) => {
      resolve(error === null ? stdout : gapOf(chart, error, stderr));
    });
  });
}

function gapOf({ folder }: ChartUse, error: ExecFileException, stderr: string): Gap {
  const gap = { area: "repository", subject: `the chart ${folder}, rendered` };
  if (error.code === "ENOENT") return { ...gap, reason: "absent", message: "helm is not installed here." };
  const said = /^Error: (.*)$/m.exec(stderr)?.[1] ?? "";
  return { ...gap, reason: "failed", message: `helm template refused it: ${said || error.message}` };
}

/** helm writes `# Source: glaze/templates/web.yaml` above each; the first part is the chart's own name. */
function objectsOf(output: string, { folder, namespace }: ChartUse): readonly KubeObject[] {
  return output.split(/^---$/m).flatMap((document) => {
    const source = /^# Source: [^/\n]+\/(.+)$/m.exec(document)?.[1];
    const file = source === undefined ? folder : `${folder}/${source}`;
    return readManifests(file, document).map((object) =>
      inNamespace({ ...object, from: { file, line: 1 } }, namespace),
    );
  });
}

/** `helm install --namespace` puts what names no namespace there. */
function inNamespace(object: KubeObject, namespace: string): KubeObject {
  const isClusterWide = CLUSTER_KINDS.test(object.kind);
  if (object.metadata.namespace !== undefined || isClusterWide) return object;
  return { ...object, metadata: { ...object.metadata, namespace } };
}

const CLUSTER_KINDS =
  /^(Namespace|Node|PersistentVolume|StorageClass|PriorityClass|IngressClass|ClusterRole(Binding)?|Cluster\w+|CustomResourceDefinition|\w+WebhookConfiguration|APIService)$/;
