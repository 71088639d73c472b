import type { AuditCheck } from "../check.ts";

export const CLOUD: readonly AuditCheck[] = [];
