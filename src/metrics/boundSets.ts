import { type BoundSet, commonBounds, parseBound } from "../signals/bounds.ts";
import type { InstantSample, PrometheusApi } from "./api.ts";
import { type Lookout, lookAround } from "./lookout.ts";

/** The different bound sets a histogram had during the lookout, the newest last. */
export type BoundsReader = (bucketSelector: string) => Promise<readonly BoundSet[]>;

/** Asks each histogram once, though several signals read it. */
export function createBoundsReader(api: PrometheusApi, lookout: Lookout): BoundsReader {
  const asked = new Map<string, Promise<readonly BoundSet[]>>();
  return (selector) => {
    const answer = asked.get(selector) ?? readBoundSets(api, selector, lookout);
    asked.set(selector, answer);
    return answer;
  };
}

async function readBoundSets(
  api: PrometheusApi,
  selector: string,
  lookout: Lookout,
): Promise<readonly BoundSet[]> {
  const instants = await lookAround(api, `count by (le) (${selector})`, lookout);
  const distinct = new Map<string, BoundSet>();
  for (const samples of instants.filter(({ length }) => length > 0)) {
    const bounds = boundsAt(samples);
    // Out and in again: the set in use last stands at the end.
    distinct.delete(bounds.join());
    distinct.set(bounds.join(), bounds);
  }
  return [...distinct.values()];
}

function boundsAt(samples: readonly InstantSample[]): BoundSet {
  const counts = new Map<number, number>();
  for (const { labels, value } of samples) {
    const bound = parseBound(labels.le ?? "");
    // `1` and `1.0` are one bound, written by two exporters.
    if (bound !== null) counts.set(bound, (counts.get(bound) ?? 0) + value);
  }
  return commonBounds(counts);
}
