import { webLatency } from "./webLatency.ts";

/** Rests on few requests: of 300, three. */
export const latencyP99 = webLatency("p99", { watch: 1, act: 2 });
