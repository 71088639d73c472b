import type { AuditCheck } from "../check.ts";
import { claimTemplate } from "./storage/claim-template.ts";
import { customPath } from "./storage/custom-path.ts";
import { deletingVolume } from "./storage/deleting-volume.ts";
import { hostPath } from "./storage/host-path.ts";
import { localVolume } from "./storage/local-volume.ts";
import { provisionerNodes } from "./storage/provisioner-nodes.ts";
import { readWriteMany } from "./storage/read-write-many.ts";
import { sharedVolume } from "./storage/shared-volume.ts";
import { uninstallScript } from "./storage/uninstall-script.ts";

export const STORAGE: readonly AuditCheck[] = [
  claimTemplate,
  customPath,
  deletingVolume,
  hostPath,
  localVolume,
  provisionerNodes,
  readWriteMany,
  sharedVolume,
  uninstallScript,
];
