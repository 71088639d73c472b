import type { AuditCheck } from "../check.ts";
import { handMade } from "./secrets/hand-made.ts";
import { noRestart } from "./secrets/no-restart.ts";
import { notReady } from "./secrets/not-ready.ts";
import { slowRefresh } from "./secrets/slow-refresh.ts";

export const SECRETS: readonly AuditCheck[] = [handMade, noRestart, notReady, slowRefresh];
