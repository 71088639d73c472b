import type { AuditCheck } from "./check.ts";
import { localVolume } from "./checks/storage/local-volume.ts";

/** Every check there is; one file each in `checks/<area>/<name>.ts`. */
export const CHECKS: readonly AuditCheck[] = [localVolume];
