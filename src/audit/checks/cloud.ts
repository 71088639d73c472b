import type { AuditCheck } from "../check.ts";
import { firewallClosed } from "./cloud/firewall-closed.ts";
import { firewallOpen } from "./cloud/firewall-open.ts";
import { firewallTag } from "./cloud/firewall-tag.ts";
import { oneNetwork } from "./cloud/one-network.ts";

export const CLOUD: readonly AuditCheck[] = [firewallClosed, firewallOpen, firewallTag, oneNetwork];
