import type { AuditCheck } from "../check.ts";

export const JOIN: readonly AuditCheck[] = [];
