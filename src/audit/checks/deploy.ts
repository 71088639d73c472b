import type { AuditCheck } from "../check.ts";
import { entrypointMigrations } from "./deploy/entrypoint-migrations.ts";
import { hostAddress } from "./deploy/host-address.ts";
import { importedImages } from "./deploy/imported-images.ts";
import { mutableTag } from "./deploy/mutable-tag.ts";
import { publicApi } from "./deploy/public-api.ts";
import { rolloutPause } from "./deploy/rollout-pause.ts";
import { singleHost } from "./deploy/single-host.ts";

export const DEPLOY: readonly AuditCheck[] = [
  entrypointMigrations,
  hostAddress,
  importedImages,
  mutableTag,
  publicApi,
  rolloutPause,
  singleHost,
];
