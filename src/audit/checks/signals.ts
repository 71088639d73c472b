import type { AuditCheck } from "../check.ts";

export const SIGNALS: readonly AuditCheck[] = [];
