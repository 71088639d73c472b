import type { OutgrowError } from "../model/error.ts";
import type { PrometheusApi } from "./api.ts";
import { type Lookout, lookAround } from "./lookout.ts";
import { isOwnFault } from "./ownFault.ts";

/** Selectors per query: VictoriaMetrics takes 16 KiB of PromQL at most. */
const BATCH = 25;

/** Per selector: at which instants it matched anything; or why that cannot be asked. */
export type Presence = ReadonlyMap<string, readonly boolean[] | OutgrowError>;

/** Asks at which instants each selector matches any series; many selectors in one query. */
export async function readPresence(
  api: PrometheusApi,
  selectors: readonly string[],
  lookout: Lookout,
): Promise<Presence> {
  const distinct = [...new Set(selectors)];
  const batches = Array.from({ length: Math.ceil(distinct.length / BATCH) }, (_, index) =>
    distinct.slice(index * BATCH, (index + 1) * BATCH),
  );
  const parts = await Promise.all(batches.map((batch) => readBatch(api, batch, lookout)));
  return new Map(parts.flatMap((part) => [...part]));
}

/** A batch that is refused is halved, so that one bad selector costs only itself; asking a slow server again would not help. */
async function readBatch(
  api: PrometheusApi,
  selectors: readonly string[],
  lookout: Lookout,
): Promise<Presence> {
  try {
    return await countBatch(api, selectors, lookout);
  } catch (error) {
    if (!isOwnFault(error)) throw error;
    if (selectors.length === 1 || error.code === "timeout")
      return new Map(selectors.map((selector) => [selector, error]));
    const half = Math.ceil(selectors.length / 2);
    const left = await readBatch(api, selectors.slice(0, half), lookout);
    return new Map([...left, ...(await readBatch(api, selectors.slice(half), lookout))]);
  }
}

async function countBatch(
  api: PrometheusApi,
  selectors: readonly string[],
  lookout: Lookout,
): Promise<Presence> {
  const counts = selectors.map(
    (selector, index) => `label_replace(count(${selector}), "need", "${index}", "", "")`,
  );
  const instants = await lookAround(api, counts.join(" or "), lookout);
  const present = instants.map((samples) => new Set(samples.map(({ labels }) => Number(labels.need))));
  return new Map(selectors.map((selector, index) => [selector, present.map((needs) => needs.has(index))]));
}
