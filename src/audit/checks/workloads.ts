import type { AuditCheck } from "../check.ts";

export const WORKLOADS: readonly AuditCheck[] = [];
