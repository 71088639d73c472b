import type { AuditCheck } from "./check.ts";
import { DATA } from "./checks/data.ts";
import { FIREWALL } from "./checks/firewall.ts";
import { OBSERVABILITY } from "./checks/observability.ts";
import { SECRETS } from "./checks/secrets.ts";
import { STORAGE } from "./checks/storage.ts";
import { WORKLOADS } from "./checks/workloads.ts";

/** Every check there is: one list an area, one file a check in `checks/<area>/<name>.ts`. */
export const CHECKS: readonly AuditCheck[] = [
  ...DATA,
  ...FIREWALL,
  ...OBSERVABILITY,
  ...SECRETS,
  ...STORAGE,
  ...WORKLOADS,
];
