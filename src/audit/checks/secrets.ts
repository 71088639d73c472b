import type { AuditCheck } from "../check.ts";

export const SECRETS: readonly AuditCheck[] = [];
