import type { AuditCheck } from "../check.ts";
import { agentSettings } from "./join/agent-settings.ts";
import { architecture } from "./join/architecture.ts";
import { clock } from "./join/clock.ts";
import { clone } from "./join/clone.ts";
import { environmentToken } from "./join/environment-token.ts";
import { kernelModules } from "./join/kernel-modules.ts";
import { nodePassword } from "./join/node-password.ts";
import { parity } from "./join/parity.ts";
import { registries } from "./join/registries.ts";
import { resolvConf } from "./join/resolv-conf.ts";
import { serverToken } from "./join/server-token.ts";
import { versionPin } from "./join/version-pin.ts";
import { versionSkew } from "./join/version-skew.ts";

export const JOIN: readonly AuditCheck[] = [
  agentSettings,
  architecture,
  clock,
  clone,
  environmentToken,
  kernelModules,
  nodePassword,
  parity,
  registries,
  resolvConf,
  serverToken,
  versionPin,
  versionSkew,
];
