import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { fatal } from "./fatal.ts";
import type { Settings } from "./settings.ts";

/** https://docs.k3s.io/cli/token: `K10<hash of the authority>::<credentials>`, or the credentials alone. */
export interface JoinToken {
  readonly caHash: string | null;
  /** `server:…`, `node:…` or `abcdef.0123456789abcdef` */
  readonly credentials: string;
}

export function joinToken(settings: Settings): JoinToken {
  const file = settings.first("token-file");
  if (file !== undefined && !existsSync(file))
    fatal(`failed to read token-file: open ${file}: no such file or directory`);
  const text =
    settings.first("token") ?? (file === undefined ? undefined : readFileSync(file, "utf8").trim());
  if (text === undefined || text === "") fatal("--token is required");
  const [, caHash, credentials] = /^K10([0-9a-f]{64})::(\S+)$/.exec(text) ?? [];
  if (caHash !== undefined && credentials !== undefined) return { caHash, credentials };
  if (text.startsWith("K10")) fatal("invalid token format");
  return { caHash: null, credentials: /[:.]/.test(text) ? text : `server:${text}` };
}

export function hashOf(ca: string): string {
  return createHash("sha256").update(ca).digest("hex");
}
