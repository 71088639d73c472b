import type { AuditCheck } from "../check.ts";
import { datastoreChange } from "./control/datastore-change.ts";
import { secondServer } from "./control/second-server.ts";
import { servicelb } from "./control/servicelb.ts";
import { singleControlPlane } from "./control/single-control-plane.ts";
import { singleDns } from "./control/single-dns.ts";
import { singleIngress } from "./control/single-ingress.ts";
import { tokenBackup } from "./control/token-backup.ts";
import { trafficPolicy } from "./control/traffic-policy.ts";

export const CONTROL: readonly AuditCheck[] = [
  datastoreChange,
  secondServer,
  servicelb,
  singleControlPlane,
  singleDns,
  singleIngress,
  tokenBackup,
  trafficPolicy,
];
