import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { deployFiles, placeText, quoted, statementsLike } from "../../view/deployFiles.ts";

export const tokenBackup: AuditCheck = {
  id: "control/token-backup",
  severity: "warns",
  title: "A backup of the cluster cannot be restored without its token",
  reason:
    "What the datastore holds of certificates and keys is encrypted with the server token. A copy of server/db without server/token " +
    "gives a cluster that nobody can start.",
  sources: ["https://docs.k3s.io/cli/token", "https://docs.k3s.io/datastore/backup-restore"],
  find,
};

const DATASTORE = /\/var\/lib\/rancher\/k3s\/server\/db\b|\bstate\.db\b/;
const TOKEN = /\/server\/(?:\{[^}]*)?(?:node-)?token\b/;

function find(context: AuditContext): readonly Hit[] {
  const withToken = new Set(
    deployFiles(context)
      .filter(({ text }) => TOKEN.test(text))
      .map(({ path }) => path),
  );
  return statementsLike(context, DATASTORE)
    .filter(({ at, text }) => !withToken.has(at.file) && COPIES.test(text))
    .map(({ at, text }) => ({
      subject: `file ${at.file}`,
      evidence: `${placeText(at)}: ${quoted(text)}`,
      fix: "Copy /var/lib/rancher/k3s/server/token in the same run, to a place that only you can read.",
      at,
    }));
}

const COPIES = /\b(cp|rsync|scp|tar|sqlite3|restic|rclone|borg|gzip|s3cmd|aws)\b/;
