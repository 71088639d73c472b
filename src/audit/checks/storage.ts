import type { AuditCheck } from "../check.ts";
import { localVolume } from "./storage/local-volume.ts";

export const STORAGE: readonly AuditCheck[] = [localVolume];
