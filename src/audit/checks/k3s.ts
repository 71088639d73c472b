import type { AuditCheck } from "../check.ts";
import { apiserverBindAddress } from "./k3s/apiserver-bind-address.ts";
import { automaticUpgrade } from "./k3s/automatic-upgrade.ts";
import { bindAddress } from "./k3s/bind-address.ts";
import { certificates } from "./k3s/certificates.ts";
import { metricsServer } from "./k3s/metrics-server.ts";
import { serverSize } from "./k3s/server-size.ts";
import { throttles } from "./k3s/throttles.ts";

export const K3S: readonly AuditCheck[] = [
  apiserverBindAddress,
  automaticUpgrade,
  bindAddress,
  certificates,
  metricsServer,
  serverSize,
  throttles,
];
