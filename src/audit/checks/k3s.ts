import type { AuditCheck } from "../check.ts";

export const K3S: readonly AuditCheck[] = [];
