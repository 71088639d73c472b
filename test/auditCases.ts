import { existsSync, readFileSync } from "node:fs";
import { parse } from "yaml";
import { audit } from "../src/audit/audit.ts";
import type { AuditCheck } from "../src/audit/check.ts";
import { DEFAULT_INTENT, type Intent } from "../src/audit/intent.ts";
import { FACTS_VERSION, type Facts, type KubeObject } from "../src/model/facts.ts";
import type { Finding } from "../src/model/finding.ts";
import { type HostCase, hostFactsOf } from "./hostCases.ts";

/** Facts in, findings out; `src/audit/checks/<area>/<name>.cases.yaml` is a list of these. */
export interface AuditCase {
  readonly name: string;
  readonly facts?: Partial<Facts>;
  /** Short for `facts.cluster.objects`. */
  readonly objects?: readonly KubeObject[];
  /** Short for `facts.repository.files`: path and text. */
  readonly files?: Readonly<Record<string, string>>;
  /** Short for `facts.hosts`. */
  readonly hosts?: Readonly<Record<string, HostCase>>;
  readonly intent?: Partial<Intent>;
  /** Whole findings, without `id` and `docs`. */
  readonly expect: readonly Partial<Finding>[];
}

export const CHECKS_FOLDER = "src/audit/checks";

export function readAuditCases(id: string): readonly AuditCase[] {
  const file = `${CHECKS_FOLDER}/${id}.cases.yaml`;
  return existsSync(file) ? (parse(readFileSync(file, "utf8"), { merge: true }) as readonly AuditCase[]) : [];
}

export function findingsOf(each: AuditCase, checks: readonly AuditCheck[]): readonly Finding[] {
  return audit(checks, factsOf(each), { ...DEFAULT_INTENT, ...each.intent });
}

/** What a case leaves out is not known: no hosts, no cloud, no repository. */
function factsOf({ facts = {}, objects, files, hosts = {} }: AuditCase): Facts {
  return {
    version: FACTS_VERSION,
    readAt: "2026-11-23T19:32:00Z",
    hosts: Object.fromEntries(Object.entries(hosts).map(([name, host]) => [name, hostFactsOf(name, host)])),
    cloud: null,
    signals: null,
    gaps: [],
    ...facts,
    cluster:
      objects === undefined && facts.cluster === undefined
        ? null
        : { version: null, objects: [], ...facts.cluster, ...(objects === undefined ? {} : { objects }) },
    repository:
      files === undefined && facts.repository === undefined
        ? null
        : { objects: [], files: filesOf(files), ...facts.repository },
  };
}

function filesOf(files: AuditCase["files"] = {}): readonly { path: string; text: string }[] {
  return Object.entries(files).map(([path, text]) => ({ path, text }));
}
