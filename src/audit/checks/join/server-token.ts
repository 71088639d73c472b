import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { linesLike, placeText, quoted } from "../../view/deployFiles.ts";
import { settingsNamed } from "../../view/settings.ts";

export const serverToken: AuditCheck = {
  id: "join/server-token",
  severity: "blocks",
  title: "The new node would hold the key to the whole cluster",
  reason:
    "Whoever has the server token is administrator of the cluster: it joins servers too, and decrypts what the datastore holds. An agent " +
    "needs no more than a token of its own: one that expires within the hour, or agent-token. In its long form (K10…) it also makes sure " +
    "that the server at the other end is the right one.",
  sources: ["https://docs.k3s.io/cli/token"],
  find,
};

const TAKES_IT = /\/var\/lib\/rancher\/k3s\/server\/(node-)?token\b/;
const READS = /\b(cat|scp|ssh|cp|K3S_TOKEN|rsync|base64|head)\b|\$\(\s*</;

function find(context: AuditContext): readonly Hit[] {
  const hasAgentToken = settingsNamed(context, "agent-token", "agent-token-file").length > 0;
  if (hasAgentToken) return [];
  return linesLike(context, TAKES_IT)
    .filter(({ text, at }) => READS.test(text) && joins(context, at.file))
    .map(({ at, text }) => ({
      subject: `file ${at.file}`,
      evidence: `${placeText(at)}: ${quoted(text)}`,
      fix: "Make a token for this join alone, on the server: k3s token create --ttl 1h --description 'join of the new node', and hand its output over in a file (token-file, mode 0600). Revoke what may have been copied: k3s token rotate.",
      at,
    }));
}

/** A backup reads the token as well, and must. */
function joins({ facts }: AuditContext, file: string): boolean {
  const text = facts.repository?.files.find(({ path }) => path === file)?.text ?? "";
  return /\bagent\b|K3S_URL|get\.k3s\.io/.test(text);
}
