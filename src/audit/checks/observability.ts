import type { AuditCheck } from "../check.ts";

export const OBSERVABILITY: readonly AuditCheck[] = [];
