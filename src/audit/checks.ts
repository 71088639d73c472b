import type { AuditCheck } from "./check.ts";
import { CLOUD } from "./checks/cloud.ts";
import { CONTROL } from "./checks/control.ts";
import { DATA } from "./checks/data.ts";
import { DEPLOY } from "./checks/deploy.ts";
import { FIREWALL } from "./checks/firewall.ts";
import { JOIN } from "./checks/join.ts";
import { K3S } from "./checks/k3s.ts";
import { NETWORK } from "./checks/network.ts";
import { OBSERVABILITY } from "./checks/observability.ts";
import { SECRETS } from "./checks/secrets.ts";
import { SIGNALS } from "./checks/signals.ts";
import { STORAGE } from "./checks/storage.ts";
import { WORKLOADS } from "./checks/workloads.ts";

/** Every check there is: one list an area, one file a check in `checks/<area>/<name>.ts`. */
export const CHECKS: readonly AuditCheck[] = [
  ...CLOUD,
  ...CONTROL,
  ...DATA,
  ...DEPLOY,
  ...FIREWALL,
  ...JOIN,
  ...K3S,
  ...NETWORK,
  ...OBSERVABILITY,
  ...SECRETS,
  ...SIGNALS,
  ...STORAGE,
  ...WORKLOADS,
];
