import type { ObjectName } from "../intent.ts";
import type { ClusterView } from "./cluster.ts";
import { environmentOf, type Variable } from "./environment.ts";
import { type Container, field } from "./kube.ts";
import type { Workload } from "./workload.ts";

/** A workload that talks to a Service, and how that is known. */
export interface ServiceUse {
  readonly workload: Workload;
  readonly evidence: readonly UseEvidence[];
}

export interface UseEvidence {
  /** `container web: DATABASE_URL=postgres://…@glaze-postgres:5432/glaze (env)` */
  readonly text: string;
  /** The variable that names the Service; `null` for a command line. */
  readonly variable: Variable | null;
}

/** Every workload, CronJob and Job whose environment or command line names the Service. */
export function usersOf(service: ObjectName, cluster: ClusterView): readonly ServiceUse[] {
  const uses = cluster.workloads.map((workload) => ({
    workload,
    evidence: evidenceIn(workload, service, cluster),
  }));
  return uses.filter(({ workload, evidence }) => evidence.length > 0 && !serves(workload, service, cluster));
}

/** The pods behind the Service name it too, to themselves. */
export function serves(workload: Workload, service: ObjectName, cluster: ClusterView): boolean {
  const selector = field(cluster.find("Service", service.namespace, service.name), "spec", "selector");
  if (typeof selector !== "object" || selector === null || workload.namespace !== service.namespace)
    return false;
  const wanted = Object.entries(selector);
  return wanted.length > 0 && wanted.every(([key, value]) => workload.podLabels[key] === value);
}

function evidenceIn(workload: Workload, service: ObjectName, cluster: ClusterView): readonly UseEvidence[] {
  const name = hostPattern(service, workload.namespace);
  const fromEnvironment = environmentOf(workload, cluster)
    .filter(({ value }) => name.test(value))
    .map((variable) => ({
      text: `container ${variable.container}: ${variable.name}=${variable.value} (${variable.origin})`,
      variable,
    }));
  const { containers = [], initContainers = [] } = workload.podSpec;
  const fromCommands = [...initContainers, ...containers].flatMap((container) =>
    commandEvidence(container, name),
  );
  return [...fromEnvironment, ...fromCommands];
}

function commandEvidence({ name, command = [], args = [] }: Container, host: RegExp): readonly UseEvidence[] {
  const line = [...command, ...args].find((word) => host.test(word));
  return line === undefined
    ? []
    : [{ text: `container ${name}: ${shortened(line)} (command)`, variable: null }];
}

/**
 * The Service's name as a host: `glaze-postgres`, and with its namespace up to
 * `.svc.cluster.local`; from another namespace the bare name means another Service.
 */
function hostPattern({ namespace, name }: ObjectName, from: string): RegExp {
  const full = `${escaped(name)}\\.${escaped(namespace)}(\\.svc(\\.[\\w.-]+)?)?`;
  const names = from === namespace ? `(${full}|${escaped(name)})` : full;
  return new RegExp(`(^|[^\\w.-])${names}\\.?($|[^\\w.-])`);
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}

function shortened(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length <= 120 ? line : `${line.slice(0, 117)}…`;
}
