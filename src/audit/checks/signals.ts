import type { AuditCheck } from "../check.ts";
import { droppedMetrics } from "./signals/dropped-metrics.ts";
import { noData } from "./signals/no-data.ts";

export const SIGNALS: readonly AuditCheck[] = [droppedMetrics, noData];
