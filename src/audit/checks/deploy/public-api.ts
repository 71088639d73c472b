import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { parseAddress } from "../../firewall/address.ts";
import { linesLike, placeText, type Statement } from "../../view/deployFiles.ts";
import { isPrivate } from "../../view/ranges.ts";

export const publicApi: AuditCheck = {
  id: "deploy/public-api",
  severity: "warns",
  title: "A deploy comes in by the public API port",
  reason:
    "The move closes 6443 to the internet: only the other host needs it. A workflow or kubeconfig that goes to the public address stops " +
    "working that evening, when a deploy may be just what is needed.",
  sources: [
    "https://docs.k3s.io/installation/requirements#networking",
    "https://tailscale.com/kb/1276/tailscale-github-action",
  ],
  find,
};

const API = /https:\/\/(\[[0-9a-f:]+\]|[\w.-]+):6443\b/i;

function find(context: AuditContext): readonly Hit[] {
  return linesLike(context, API)
    .map((line) => ({ line, host: API.exec(line.text)?.[1] ?? "" }))
    .filter(({ host }) => isPublic(host))
    .map(({ line, host }) => hitOf(line, host));
}

/** A public address, or a full name of the internet's; names of a tailnet or of one's own network lead elsewhere. */
function isPublic(host: string): boolean {
  const address = parseAddress(host.replace(/^\[|\]$/g, ""));
  if (address !== null)
    return address.family === "ip" ? !isPrivate(host) : !/^\[?(::1|f[cd]|fe80)/i.test(host);
  return host.includes(".") && !/\.(ts\.net|local|internal|lan|svc|cluster\.local)$/.test(host);
}

function hitOf({ at }: Statement, host: string): Hit {
  return {
    subject: `file ${at.file}`,
    evidence: `${placeText(at)} goes to https://${host}:6443`,
    fix: "Before 6443 is closed, let it come in through the tailnet: tailscale/github-action in the workflow, the host's name there in place of this one, and that name under tls-san of the server.",
    at,
  };
}
