import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { parse, stringify } from "yaml";
import { parseConfig } from "../src/config/parse.ts";
import type { CloudFacts } from "../src/model/cloudFacts.ts";
import { FACTS_VERSION, type Facts, type Gap, type KubeObject } from "../src/model/facts.ts";
import type { Plan } from "../src/model/plan.ts";
import type { PostgresFacts } from "../src/model/postgresFacts.ts";
import { makePlan } from "../src/plan/makePlan.ts";
import { type HostCase, hostFactsOf } from "./hostCases.ts";

/** Facts and configuration in, steps out; `src/plan/plan.cases.yaml` is a list of these. */
export interface PlanCase {
  readonly name: string;
  /** Keys of `outgrow.yaml` beside `version`, `cluster` and `metrics`. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly hosts?: Readonly<Record<string, HostCase>>;
  /** `null`: the cluster could not be read. */
  readonly objects?: readonly KubeObject[] | null;
  readonly cloud?: CloudFacts;
  readonly postgres?: PostgresFacts;
  readonly gaps?: readonly Gap[];
  readonly expect: {
    /** The ids, in order. */
    readonly steps?: readonly string[];
    /** `needs`, `hazards` and `params` of some of them, whole. */
    readonly details?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
    readonly money?: Plan["money"];
    readonly staysSingle?: readonly string[];
    readonly staysAsItIs?: readonly string[];
    /** Instead of all: the message of the error. */
    readonly error?: string;
  };
}

export function readPlanCases(): readonly PlanCase[] {
  return parse(readFileSync("src/plan/plan.cases.yaml", "utf8"), { merge: true }) as readonly PlanCase[];
}

export function planOf(each: PlanCase, change: (facts: Facts) => Facts = (facts) => facts): Plan {
  return makePlan({
    facts: change(factsOf(each)),
    config: configOf(each),
    hash: (text) => createHash("sha256").update(text).digest("hex"),
    now: Date.parse("2026-11-23T19:32:00Z"),
  });
}

export function configOf({ config }: Pick<PlanCase, "config">) {
  const whole = {
    version: 1,
    cluster: { name: "glaze" },
    metrics: { prometheus: { url: "http://127.0.0.1:9090" } },
    ...config,
  };
  return parseConfig(stringify(whole), "outgrow.yaml");
}

export function factsOf({ hosts = {}, objects = [], cloud, postgres, gaps = [] }: PlanCase): Facts {
  return {
    version: FACTS_VERSION,
    readAt: "2026-11-23T19:32:00Z",
    cluster: objects === null ? null : { version: "v1.33.4+k3s1", objects },
    hosts: Object.fromEntries(Object.entries(hosts).map(([name, host]) => [name, hostFactsOf(name, host)])),
    repository: null,
    cloud: cloud ?? null,
    ...(postgres === undefined ? {} : { postgres }),
    signals: null,
    gaps,
  };
}
