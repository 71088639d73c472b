import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { linesMatching } from "../../view/repository.ts";

export const managedEngine: AuditCheck = {
  id: "data/managed-engine",
  severity: "blocks",
  title: "DigitalOcean's managed Redis is not to be had any more",
  reason:
    "The engine `redis` ended on 30 June 2025; what takes its place is `valkey`. Infrastructure code or a script that asks for `redis` is refused.",
  sources: [
    "https://github.com/digitalocean/openapi/blob/main/specification/resources/databases/responses/options.yml",
    "https://docs.digitalocean.com/products/databases/valkey/",
  ],
  find,
};

const TERRAFORM = /^\s*engine\s*=\s*"redis"/;
const COMMAND = /\bdoctl\s+databases\s+create\b.*--engine[= ]redis\b/;

function find(context: AuditContext): readonly Hit[] {
  const clusters = new Set(
    (context.facts.repository?.files ?? [])
      .filter(({ text }) => text.includes("digitalocean_database_cluster"))
      .map(({ path }) => path),
  );
  const terraform = linesMatching(context, /\.tf$/, TERRAFORM).filter(({ at }) => clusters.has(at.file));
  const commands = linesMatching(context, /\.(sh|ya?ml)$|^[^.]+$/, COMMAND);
  return [...terraform, ...commands].map(({ at, shown }) => ({
    subject: at.file,
    evidence: shown,
    fix: "Write valkey in place of redis, with version 8; the application keeps its redis:// or rediss:// address.",
    at,
  }));
}
