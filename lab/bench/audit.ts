import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { audit } from "../../src/audit/audit.ts";
import { CHECKS } from "../../src/audit/checks.ts";
import { DEFAULT_INTENT, type Intent } from "../../src/audit/intent.ts";
import { FACTS_VERSION, type Facts, type KubeObject } from "../../src/model/facts.ts";
import { median } from "./measure.ts";

/**
 * `node lab/bench/audit.ts 5000`: the whole audit over that many objects, as JSON, in milliseconds of CPU. The objects are the ready product
 * of `src/audit/ready.yaml`, copied into as many namespaces as it takes; every copy uses the stores of its namespace.
 */
const ROUNDS = 7;
const wanted = Number(process.argv[2] ?? 5_000);

interface Ready {
  readonly facts: { readonly cluster: { readonly objects: readonly KubeObject[] } };
  readonly intent: Intent;
}

const ready = parse(readFileSync("src/audit/ready.yaml", "utf8")) as Ready;
const facts = factsOf(objectsOf(wanted));
const intent: Intent = { ...DEFAULT_INTENT, hosts: ready.intent.hosts };
const rounds = Array.from({ length: ROUNDS }, () => timed(() => audit(CHECKS, facts, intent)));
const figures = {
  objects: facts.cluster?.objects.length ?? 0,
  checks: CHECKS.length,
  findings: rounds[0]?.findings ?? 0,
  coldMs: rounds[0]?.ms ?? Number.NaN,
  warmMs: median(rounds.slice(1).map(({ ms }) => ms)),
};
process.stdout.write(`${JSON.stringify(figures)}\n`);

function timed(run: () => readonly unknown[]): { readonly ms: number; readonly findings: number } {
  const began = process.cpuUsage();
  const findings = run().length;
  const { user, system } = process.cpuUsage(began);
  return { ms: (user + system) / 1000, findings };
}

function objectsOf(count: number): readonly KubeObject[] {
  const { objects } = ready.facts.cluster;
  const copies = Math.ceil(count / objects.length);
  return Array.from({ length: copies }, (_, copy) => objects.map((object) => inNamespace(object, copy)))
    .flat()
    .slice(0, count);
}

/** The first copy keeps its names; what has no namespace gets another name. */
function inNamespace(object: KubeObject, copy: number): KubeObject {
  if (copy === 0) return object;
  const { namespace, name } = object.metadata;
  const place = namespace === undefined ? { name: `${name}-${copy}` } : { namespace: `shop-${copy}` };
  return { ...object, metadata: { ...object.metadata, ...place } };
}

function factsOf(objects: readonly KubeObject[]): Facts {
  return {
    version: FACTS_VERSION,
    readAt: "2026-11-23T19:32:00Z",
    cluster: { version: "v1.33.4+k3s1", objects },
    hosts: {},
    repository: null,
    cloud: null,
    signals: null,
    gaps: [],
  };
}
