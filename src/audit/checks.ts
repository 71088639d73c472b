import type { AuditCheck } from "./check.ts";
import { FIREWALL } from "./checks/firewall.ts";
import { STORAGE } from "./checks/storage.ts";

/** Every check there is: one list an area, one file a check in `checks/<area>/<name>.ts`. */
export const CHECKS: readonly AuditCheck[] = [...FIREWALL, ...STORAGE];
