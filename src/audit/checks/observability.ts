import type { AuditCheck } from "../check.ts";
import { collectedTwice } from "./observability/collected-twice.ts";
import { collectorOnOneHost } from "./observability/collector-on-one-host.ts";
import { oneInstance } from "./observability/one-instance.ts";

export const OBSERVABILITY: readonly AuditCheck[] = [collectedTwice, collectorOnOneHost, oneInstance];
