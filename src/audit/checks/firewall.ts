import type { AuditCheck } from "../check.ts";
import { apiClosed } from "./firewall/api-closed.ts";
import { apiOpen } from "./firewall/api-open.ts";
import { flannelRules } from "./firewall/flannel-rules.ts";
import { flushRuleset } from "./firewall/flush-ruleset.ts";
import { foreignRules } from "./firewall/foreign-rules.ts";
import { hostportsLost } from "./firewall/hostports-lost.ts";
import { iifName } from "./firewall/iif-name.ts";
import { iptablesBackend } from "./firewall/iptables-backend.ts";
import { kubeletClosed } from "./firewall/kubelet-closed.ts";
import { kubeletOpen } from "./firewall/kubelet-open.ts";
import { nodeportOpen } from "./firewall/nodeport-open.ts";
import { outputClosed } from "./firewall/output-closed.ts";
import { overlayClosed } from "./firewall/overlay-closed.ts";
import { overlayOpen } from "./firewall/overlay-open.ts";
import { podsForward } from "./firewall/pods-forward.ts";
import { podsInput } from "./firewall/pods-input.ts";

export const FIREWALL: readonly AuditCheck[] = [
  apiClosed,
  apiOpen,
  flannelRules,
  flushRuleset,
  foreignRules,
  hostportsLost,
  iifName,
  iptablesBackend,
  kubeletClosed,
  kubeletOpen,
  nodeportOpen,
  outputClosed,
  overlayClosed,
  overlayOpen,
  podsForward,
  podsInput,
];
