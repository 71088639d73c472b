import type { AuditCheck } from "../check.ts";

export const CONTROL: readonly AuditCheck[] = [];
