import { optionOf, wordsOf } from "./commandLine.ts";
import type { Container } from "./kube.ts";
import type { Workload } from "./workload.ts";

/** A container that runs Celery, and as what. */
export interface CeleryContainer {
  readonly container: Container;
  readonly role: "worker" | "beat";
  /** What comes after `celery`. */
  readonly words: readonly string[];
  /** `worker -B`: it is the scheduler as well. */
  readonly hasBeat: boolean;
  /** RedBeat holds a lock in Redis: a second one waits. */
  readonly hasLock: boolean;
}

export function celeryOf({ podSpec }: Workload): readonly CeleryContainer[] {
  return (podSpec.containers ?? []).flatMap((container) => {
    const { command = [], args = [] } = container;
    if (![...command, ...args].some((word) => word.includes("celery"))) return [];
    const words = wordsOf(container).map((word) => word.replaceAll(/["';]/g, ""));
    const start = words.findIndex((word) => /(^|\/)celery$/.test(word));
    const rest = words.slice(start + 1);
    const role = rest.find(isRole);
    if (start === -1 || role === undefined) return [];
    const hasBeat = role === "beat" || rest.some((word) => word === "--beat" || /^-E?BE?$/.test(word));
    const scheduler = optionOf(rest, "--scheduler", "-S") ?? "";
    return [{ container, role, words: rest, hasBeat, hasLock: /redbeat/i.test(scheduler) }];
  });
}

function isRole(word: string): word is CeleryContainer["role"] {
  return word === "worker" || word === "beat";
}
