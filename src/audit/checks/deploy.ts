import type { AuditCheck } from "../check.ts";

export const DEPLOY: readonly AuditCheck[] = [];
