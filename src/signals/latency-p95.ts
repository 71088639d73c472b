import { webLatency } from "./webLatency.ts";

export const latencyP95 = webLatency("p95", { watch: 0.5, act: 1 });
